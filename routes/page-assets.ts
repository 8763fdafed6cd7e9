// The style, scripts and picture of our pages.

import { type RequestHandler, Router } from 'express';
import { protect } from '../lib/middleware/protect.js';
import { FINISH_SCRIPT, PAGE_ICON, PAGE_STYLE, TELL_OPENER_SCRIPT } from '../lib/pages/assets.js';

const asset =
  (type: string, text: string): RequestHandler =>
  (_req, res) => {
    res.type(type).setHeader('Cache-Control', 'public, max-age=3600');
    res.send(text);
  };

export function pageAssets(folder: string): Router {
  const router = Router();
  router.get(`${folder}/finish.js`, protect, asset('text/javascript', FINISH_SCRIPT));
  router.get(`${folder}/tell-opener.js`, protect, asset('text/javascript', TELL_OPENER_SCRIPT));
  router.get(`${folder}/icon.svg`, protect, asset('image/svg+xml', PAGE_ICON));
  router.get(`${folder}/page.css`, protect, asset('text/css', PAGE_STYLE));
  return router;
}
