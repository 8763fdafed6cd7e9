// Who may read the files of the standalone server: their owner.

import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../lib/server/database.js';
import { newFolder } from '../support/run-folder.js';
import { startServer } from '../support/server.js';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('The files of the standalone server', () => {
  let umask = 0;
  before(() => {
    umask = process.umask(0o022);
  });
  after(() => void process.umask(umask));

  it('are made for their owner alone, and so is their folder', async () => {
    const dataDir = join(newFolder('own'), 'made', 'here');
    const server = await startServer({ dataDir });
    try {
      const file = join(dataDir, 'latchkey.sqlite');
      expect([modeOf(dataDir), modeOf(file)]).to.deep.equal(['700', '600']);
      for (const journal of ['-wal', '-shm', '-journal'])
        if (existsSync(`${file}${journal}`)) expect(modeOf(`${file}${journal}`)).to.equal('600');
    } finally {
      await server.stop();
    }
  });

  it('of an older version, which all could read, are closed at the next start', async () => {
    const dataDir = newFolder('own');
    const file = join(dataDir, 'latchkey.sqlite');
    await (await startServer({ dataDir })).stop();
    chmodSync(dataDir, 0o755);
    chmodSync(file, 0o644);
    await (await startServer({ dataDir })).stop();
    expect([modeOf(dataDir), modeOf(file)]).to.deep.equal(['700', '600']);
  });

  it('leave a folder alone that holds what is not theirs', async () => {
    const folder = newFolder('shared');
    writeFileSync(join(folder, 'index.html'), 'not ours');
    chmodSync(folder, 0o755);
    const sequelize = openDatabase(`sqlite:${join(folder, 'app.sqlite')}`);
    await sequelize.query('SELECT 1');
    await sequelize.close();
    expect([modeOf(folder), modeOf(join(folder, 'app.sqlite'))]).to.deep.equal(['755', '600']);
  });

  it('are not made where a folder cannot be, and the driver says so', async () => {
    const folder = newFolder('own');
    writeFileSync(join(folder, 'file'), '');
    const sequelize = openDatabase(`sqlite:${join(folder, 'file', 'app.sqlite')}`);
    const error = await sequelize.query('SELECT 1').catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/SQLITE_CANTOPEN|EEXIST|ENOTDIR/);
  });
});
