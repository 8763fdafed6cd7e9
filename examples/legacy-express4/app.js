// The app: parsers, headers, sessions and routes as they were, with the plugin's router among them.

const path = require('node:path');
const express = require('express');
const session = require('express-session');
const helmet = require('helmet');
const config = require('./config');
const accountRoutes = require('./routes/account');
const socialRoutes = require('./routes/social');

function createApp({ Member, keys }) {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      frameguard: { action: 'deny' },
      referrerPolicy: { policy: 'same-origin' },
    }),
  );
  app.use(express.json({ limit: '1mb' }));
  app.use(express.urlencoded({ extended: true }));
  app.use(
    session({
      name: 'club.sid',
      secret: config.sessionSecret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: config.production },
    }),
  );
  // The member who is signed in; the plugin finds the member here, too.
  app.use((req, _res, next) => {
    if (req.session.memberId === undefined) return next();
    Member.findByPk(req.session.memberId).then((member) => {
      if (member !== null) req.user = member;
      next();
    }, next);
  });

  if (keys !== undefined) {
    app.use(keys.router);
    app.use(socialRoutes(keys));
  }
  app.use(accountRoutes(Member));

  // Imports are big, hence the limit above.
  app.post('/api/import', (req, res) => {
    res.json({ imported: Array.isArray(req.body) ? req.body.length : 0, signedIn: req.user !== undefined });
  });
  app.post('/contact', (req, res) => {
    res.send(`Thank you, ${String(req.body.name).replace(/[^\w ]/g, '')}`);
  });
  app.use(express.static(path.join(__dirname, 'public')));

  app.use((_req, res) => {
    res.status(404).type('text').send('Nothing here');
  });
  app.use((error, _req, res, _next) => {
    const status = error.status ?? 500;
    if (status >= 500) console.error(error);
    res.status(status).json({ oops: status >= 500 ? 'Something broke' : error.message });
  });
  return app;
}

module.exports = { createApp };
