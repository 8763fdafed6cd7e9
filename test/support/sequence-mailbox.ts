// What is mailed while sequences are played, read as its recipients read it: the links, and whose they are.

import { setTimeout as pause } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';
import { normalEmail } from '../../lib/accounts/keys.js';
import type { LatchkeyOptions, Mail } from '../../lib/index.js';
import type { HttpAnswer } from './http-request.js';

export interface FoundLink {
  readonly page: 'verify' | 'reset';
  /** In its normal form. */
  readonly address: string;
  /** The public id of whose it is. */
  readonly id: string;
  readonly token: string;
}

/** What is asked for an address is answered first, and written down afterwards under such a name. */
export type Asked = 'auth.forgot_password.requested' | 'auth.resend_verification.requested';

const WAIT_MS = 20_000;
const LINK = /\/auth\/(verify|reset)\?token=([\w-]{43})&id=(\w+)/;

function linkIn({ to, text }: Mail): readonly FoundLink[] {
  const [, page, token = '', id = ''] = LINK.exec(text) ?? [];
  return page === 'verify' || page === 'reset' ? [{ page, token, id, address: normalEmail(to) }] : [];
}

export class Mailbox {
  readonly #sent: Mail[] = [];

  readonly mail: NonNullable<LatchkeyOptions['mail']> = {
    from: 'club@example.test',
    transport: {
      send: async (mail) => {
        this.#sent.push(mail);
      },
      close: () => undefined,
    },
  };

  /** What a call is answered, and which links it has mailed. @param asked when it succeeds, this is written down after the answer */
  async during(
    sequelize: Sequelize,
    call: () => Promise<HttpAnswer>,
    asked?: Asked,
    isAnswered = ({ status }: HttpAnswer) => status === 200,
  ): Promise<{ readonly answer: HttpAnswer; readonly links: readonly FoundLink[] }> {
    const read = async (sql: string, replacements: Record<string, unknown> = {}): Promise<number> => {
      const [row] = await sequelize.query<{ n: number | null }>(sql, { type: QueryTypes.SELECT, replacements });
      return Number(row?.n ?? 0);
    };
    const [mark, seen] = [await read('SELECT MAX(id) AS n FROM audit_events'), this.#sent.length];
    const answer = await call();
    const isWritten = async () =>
      asked === undefined ||
      !isAnswered(answer) ||
      (await read('SELECT COUNT(*) AS n FROM audit_events WHERE id > :mark AND event = :asked', { mark, asked })) > 0;
    // What was given up waits for the year 9999.
    const waiting = 'SELECT COUNT(*) AS n FROM outbox_messages WHERE sent_at IS NULL AND next_attempt_at < 253370764800000';
    for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await pause(2))
      if ((await isWritten()) && (await read(waiting)) === 0) return { answer, links: this.#sent.slice(seen).flatMap(linkIn) };
    throw new Error(`What was asked for was not written or mailed: ${answer.text.slice(0, 200)}`);
  }
}
