// One server process behind proxies of its own, which is killed and comes back on its port.

import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import type { FaultStage } from './fault-stage.js';
import { freePort } from './free-port.js';
import type { Server } from './server.js';
import type { ServerOptions } from './server-setting.js';

/** Whether a process was there all the time. */
export interface Mark {
  readonly isUp: boolean;
  readonly kills: number;
}

const through = (url: string, { port }: FaultProxy) => {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
};

export class Lane {
  readonly base: string;
  readonly database: FaultProxy;
  readonly redis: FaultProxy;
  /** Last words of processes that ended and were not killed. */
  readonly ended: string[] = [];
  kills = 0;
  isUp = false;
  readonly #start: () => Promise<Server>;
  #server: Server | undefined;
  #coming: Promise<void> | undefined;

  private constructor(port: number, database: FaultProxy, redis: FaultProxy, start: () => Promise<Server>) {
    this.base = `http://127.0.0.1:${port}`;
    this.database = database;
    this.redis = redis;
    this.#start = start;
  }

  static async open(
    stage: FaultStage,
    options: ServerOptions & { readonly databaseUrl: string; readonly redisUrl: string },
  ): Promise<Lane> {
    const port = await freePort();
    const [database, redis] = await Promise.all([
      startFaultProxy(Number(new URL(options.databaseUrl).port)),
      startFaultProxy(Number(new URL(options.redisUrl).port)),
    ]);
    const urls = { databaseUrl: through(options.databaseUrl, database), redisUrl: through(options.redisUrl, redis) };
    const lane = new Lane(port, database, redis, () => stage.start({ ...options, ...urls, port }));
    await lane.#begin();
    return lane;
  }

  get mark(): Mark {
    return { isUp: this.isUp, kills: this.kills };
  }

  /** Whether a process lived here from the mark until now. */
  livedSince({ isUp, kills }: Mark): boolean {
    return isUp && this.isUp && this.kills === kills;
  }

  /** Kills the process with -9; the next one starts at once, whatever else is going on. */
  async kill(): Promise<void> {
    this.kills += 1;
    this.isUp = false;
    await this.#server?.stop('SIGKILL');
    this.#coming = this.#begin();
  }

  /** Resolves when a process serves here. */
  async serving(): Promise<void> {
    await this.#coming;
  }

  /** Whoever ends the process after this is no fault. */
  async close(): Promise<void> {
    await this.#coming;
    this.isUp = false;
    await Promise.all([this.database.close(), this.redis.close()]);
  }

  async #begin(): Promise<void> {
    const { kills } = this;
    try {
      const server = await this.#start();
      this.#server = server;
      this.isUp = true;
      void server.exit.then((exit) => {
        if (this.kills !== kills || !this.isUp) return;
        this.isUp = false;
        this.ended.push(`${JSON.stringify(exit)}: ${server.output().slice(-2000)}`);
        this.#coming = this.#begin();
      });
    } catch (error) {
      this.ended.push(`at its start: ${error instanceof Error ? error.message : String(error)}`);
      if (this.ended.length < 20) await this.#begin();
    }
  }
}
