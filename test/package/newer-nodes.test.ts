// The packed plugin on newer versions of Node.js than the tests run on.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { describeHost, type Host } from './host-suite.js';
import { esmExpress5, linkedLegacyApp } from './hosts.js';
import { NEWER_NODES, newerNode } from './newer-nodes.js';
import { type PackedPlugin, requestPacked } from './packed-plugin.js';

const HOSTS = { 'an ESM app on Express 5': esmExpress5, 'a CommonJS app on Express 4': linkedLegacyApp } as const;

for (const version of NEWER_NODES)
  describe(`On Node.js ${version} the package`, () => {
    requestPacked();

    before('get it', async function () {
      this.timeout(180_000);
      const node = await newerNode(version);
      if (node !== undefined) {
        const { stdout } = await promisify(execFile)(node, ['--version']);
        expect(stdout).to.match(new RegExp(`^v${version}\\.`));
      } else if (process.env.REQUIRE_SERVICES === '1') {
        throw new Error(`npm has no Node.js ${version} for this machine, and TEST_NODE_${version} names none`);
      } else this.skip();
    });

    for (const [title, prepare] of Object.entries(HOSTS))
      describeHost({
        title: `in ${title}`,
        async prepare(plugin: PackedPlugin): Promise<Host> {
          const [host, node] = await Promise.all([prepare(plugin), newerNode(version)]);
          if (node === undefined) throw new Error(`Node.js ${version} has gone`);
          return { ...host, node };
        },
      });
  });
