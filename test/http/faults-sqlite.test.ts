// An SQLite file that can no longer be written: what the driver says of it is understood.

import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { openTestHost } from '../support/test-host.js';

/** SQLite's own number. */
const OPEN_READONLY = 1;

describe('When the SQLite file is read-only', () => {
  const scene = hostScene();

  it('a change is refused with 503 and does not happen, until the file can be written again', async () => {
    const host = await scene.closing(openTestHost({ providers: scene }));
    const client = await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
    await client.link('google', scene.google, person());
    // Sequelize opens a connection for each transaction, and asks this each time.
    const { options } = host.sequelize as unknown as { readonly options: { dialectOptions?: object | undefined } };
    options.dialectOptions = { mode: OPEN_READONLY };
    const refused = await client.unlink('google').finally(() => {
      options.dialectOptions = undefined;
    });
    expect([refused.status, refused.json?.code], refused.text).to.deep.equal([503, 50001]);
    expect(await client.linked()).to.have.members([2, 'google']);
    expect((await client.unlink('google')).json?.code).to.equal(0);
  });
});
