// An SQLite file that can no longer be written: what the driver says of it is understood.

import { promisify } from 'node:util';
import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { openTestHost } from '../support/test-host.js';

type Done = (error: Error | null) => void;
/** Sequelize's own, of the driver's kind. */
type Connections = Readonly<Record<string, { run(sql: string, done: Done): void }>>;

describe('When the SQLite file is read-only', () => {
  const scene = hostScene();

  it('a change is refused with 503 and does not happen, until the file can be written again', async () => {
    const host = await scene.closing(openTestHost({ providers: scene }));
    const client = await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
    await client.link('google', scene.google, person());
    const { connections } = (host.sequelize as unknown as { readonly connectionManager: { readonly connections: Connections } })
      .connectionManager;
    const allMay = async (write: boolean) => {
      for (const connection of Object.values(connections))
        await promisify((done: Done) => connection.run(`PRAGMA query_only = ${write ? 'OFF' : 'ON'}`, done))();
    };
    await allMay(false);
    const refused = await client.unlink('google').finally(() => allMay(true));
    expect([refused.status, refused.json?.code], refused.text).to.deep.equal([503, 50001]);
    expect(await client.linked()).to.have.members([2, 'google']);
    expect((await client.unlink('google')).json?.code).to.equal(0);
  });
});
