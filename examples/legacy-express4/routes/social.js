// What the app does with the plugin: a route for both tokens and sessions, a member's links, and a guarded change of its own.

const express = require('express');

function ownSession(req, res, next) {
  if (req.user === undefined) return res.status(401).json({ oops: 'Not signed in' });
  next();
}

function socialRoutes(keys) {
  const router = express.Router();

  // For the mobile app, which has a token and no session; a session works here, too.
  router.get('/api/orders', keys.requireUser, (req, res) => {
    res.json({ member: String(req.user.id ?? req.user.memberId), orders: [] });
  });

  router.get('/me/links', ownSession, (req, res, next) => {
    keys.links
      .list(req.user.memberId)
      .then((links) => res.json(links.map(({ provider, email, linkedAt }) => ({ provider, email, linkedAt }))))
      .catch(next);
  });

  // The app's own change to what a member can sign in with: under the plugin's lock, and rolled back if nothing would remain.
  router.post('/me/password/remove', ownSession, (req, res, next) => {
    keys.links
      .guard(req.user.memberId, (transaction) => req.user.update({ pwHash: null }, { transaction }))
      .then(() => res.json({ hasPassword: false }))
      .catch((error) => {
        if (error.code === 'only_sign_in_method') return res.status(409).json({ oops: error.message });
        next(error);
      });
  });

  return router;
}

module.exports = socialRoutes;
