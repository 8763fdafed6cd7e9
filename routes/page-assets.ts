// The styles, scripts and pictures of our pages.

import { type RequestHandler, Router } from 'express';
import { securityHeaders } from '../lib/middleware/security-headers.js';
import { FINISH_SCRIPT, MARKS, PAGE_ICON, PAGE_STYLE, TELL_OPENER_SCRIPT } from '../lib/pages/assets.js';

const asset =
  (type: string, text: string): RequestHandler =>
  (_req, res) => {
    res.type(type).setHeader('Cache-Control', 'public, max-age=3600');
    res.send(text);
  };

export function pageAssets(folder: string): Router {
  const router = Router();
  router.get(`${folder}/finish.js`, securityHeaders, asset('text/javascript', FINISH_SCRIPT));
  router.get(`${folder}/tell-opener.js`, securityHeaders, asset('text/javascript', TELL_OPENER_SCRIPT));
  router.get(`${folder}/icon.svg`, securityHeaders, asset('image/svg+xml', PAGE_ICON));
  for (const [type, mark] of MARKS) router.get(`${folder}/marks/${type}.svg`, securityHeaders, asset('image/svg+xml', mark));
  router.get(`${folder}/page.css`, securityHeaders, asset('text/css', PAGE_STYLE));
  return router;
}
