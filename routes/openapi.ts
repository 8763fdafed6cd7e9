// `GET /openapi.json` and `GET /openapi`: the description of the served calls, for programs and for people. Made when it is first
// requested.

import { Router } from 'express';
import helmet from 'helmet';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import type { OpenApiDocument } from '../lib/openapi/document.js';
import { referencePage } from '../lib/openapi/reference-page.js';
import type { Parts } from './parts.js';

export interface OpenApiRouterOptions {
  readonly parts: Pick<Parts, 'guards' | 'paths'>;
  /** A further style sheet of the app's own. */
  readonly stylesheet: string | undefined;
  document(): OpenApiDocument;
}

const ONLY_OUR_STYLE = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'style-src': ["'self'"],
    'img-src': ["'self'"],
    'form-action': ["'none'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
});

export function openApiRouter({ parts: { guards, paths }, stylesheet, document }: OpenApiRouterOptions): Router {
  const { crossOrigin } = guards;
  let made: { readonly json: string; readonly html: string } | undefined;
  const make = () => {
    const described = document();
    made ??= { json: JSON.stringify(described), html: referencePage(described, { paths, stylesheet }) };
    return made;
  };
  const router = Router();
  router.options('/openapi.json', crossOrigin);
  router.get('/openapi.json', crossOrigin, securityHeaders, (_req, res) => void res.type('json').send(make().json));
  router.get('/openapi', securityHeaders, ONLY_OUR_STYLE, (_req, res) => void res.type('html').send(make().html));
  return router;
}
