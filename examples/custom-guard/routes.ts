import type { Express } from 'express';
import { type Latchkey, permitOf } from 'express-latchkey';
import type { Model, ModelStatic } from 'sequelize';

export function ownRoutes(app: Express, keys: Latchkey, Passkey: ModelStatic<Model>) {
  app.delete(
    '/me/links/:provider',
    keys.requireUser,
    keys.antiLockout((req) => ({ kind: 'link', provider: String(req.params.provider) })),
    (req, res, next) => {
      keys.links.unlink(permitOf(req)).then(() => res.sendStatus(204), next);
    },
  );
  app.delete(
    '/me/password',
    keys.requireUser,
    keys.antiLockout(() => ({ kind: 'password' })),
    (req, res, next) => {
      keys.links.removePassword(permitOf(req)).then(() => res.sendStatus(204), next);
    },
  );
  // Your own way in, with an id that `signInMethods` returns.
  app.delete(
    '/me/passkeys/:id',
    keys.requireUser,
    keys.antiLockout((req) => ({ kind: 'host', id: String(req.params.id) })),
    (req, res, next) => {
      const { id } = req.params;
      keys.links
        .removeMethod(permitOf(req), (transaction) => Passkey.destroy({ where: { id: String(id) }, transaction }))
        .then(() => res.sendStatus(204), next);
    },
  );
}
