// Token pairs and their families: a refresh token works once, and one that comes back ends its family (RFC 9700, section 4.14).

import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuditEvent } from '../accounts/audit-events.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { FoundSession, NewSession, Session, SessionRepository } from '../accounts/session-ports.js';
import { isAlive, wholeSecond } from '../accounts/sessions.js';
import type { RequestContext, User } from '../accounts/types.js';
import type { Jwts, RefreshClaims } from './jwt.js';
import { deriveKey } from './keys.js';
import type { PublicIds } from './public-ids.js';

/** Two tabs that refresh with the same token this close together get the same answer. Milliseconds. */
const SAME_ANSWER_MS = 10_000;

/** A database whose clock is further off than this is not asked what time it is: its tokens would not hold yet, or no longer. */
const CLOCK_TOLERANCE_MS = 30_000;

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessExpires: Date;
  readonly refreshExpires: Date;
}

export interface TokenOptions {
  readonly jwts: Jwts;
  readonly publicIds: PublicIds;
  readonly sessions: SessionRepository;
  readonly audit: (event: AuditEvent, context: RequestContext) => Promise<void>;
  readonly secret: string;
  readonly accessTtlMs: number;
  readonly refreshTtlMs: number;
}

export interface Refreshed {
  readonly family: string;
  readonly pair: TokenPair;
}

/** Which tokens of a family are the current ones. */
type Current = Pick<Session, 'id' | 'generation' | 'stateVersion' | 'rotatedAt'>;

/** What a dialect's documents ask of a refresh. */
export interface RefreshDialect {
  /** How long its access tokens live, in milliseconds. Default: as configured. */
  readonly accessTtlMs?: number;
  /** What a used token ends, and writes down. Default: its family. */
  readonly onReuse?: (session: Session, context: RequestContext) => Promise<void>;
}

export interface TokenPairs {
  /** The pair that a sign-in opens its session with. */
  firstPair(user: User, session: NewSession, accessTtlMs?: number): Promise<TokenPair>;
  /** The current pair of a session that lives; undefined for any other. */
  currentPair(sessionId: string): Promise<TokenPair | undefined>;
  /**
   * A token works once. A used one that comes again is given the current pair within 10 s, or where `isOwn` knows whoever asks
   * for one that the family was given to, however late: a browser's other tab. Else it ends the family, or what the dialect ends.
   * @throws LatchkeyError `wrong_token_type`, `refresh_refused`, `refresh_suspended`, `token_reuse_detected`
   */
  refresh(token: string, isOwn: (family: string) => boolean, context: RequestContext, dialect?: RefreshDialect): Promise<Refreshed>;
  /**
   * Ends the family of a refresh token, which may be a used one.
   * @throws LatchkeyError `wrong_token_type`, `refresh_refused`
   */
  revoke(token: string): Promise<FoundSession>;
  /** The family that a sound refresh token names, for counting; undefined for any other text. */
  familyOf(token: string): Promise<string | undefined>;
}

export function createTokenPairs(options: TokenOptions): TokenPairs {
  const { jwts, publicIds, sessions, audit, refreshTtlMs } = options;
  const serverValue = Buffer.from(deriveKey(options.secret, 'state hash')).toString('base64url');

  /** Changes with the address or the password, and so ends every refresh token made before, for good. */
  const stateHash = (user: User, { stateVersion }: Pick<Session, 'stateVersion'>) =>
    createHash('sha256')
      .update(`${user.email ?? ''}/${user.passwordHash ?? ''}/${serverValue}${stateVersion === 0 ? '' : `/${stateVersion}`}`)
      .digest('base64');

  async function pairFor(user: User, current: Current, accessTtlMs = options.accessTtlMs): Promise<TokenPair> {
    const { id, generation, rotatedAt } = current;
    const accessExpires = new Date(rotatedAt.getTime() + accessTtlMs);
    const refreshExpires = new Date(rotatedAt.getTime() + refreshTtlMs);
    const claims = { sub: publicIds.user(user.id), root_token_id: id };
    const [accessToken, refreshToken] = await Promise.all([
      jwts.sign('access', claims, rotatedAt, accessExpires),
      jwts.sign('refresh', { ...claims, state_hash: stateHash(user, current), jti: String(generation) }, rotatedAt, refreshExpires),
    ]);
    return { accessToken, refreshToken, accessExpires, refreshExpires };
  }

  function sameState(claims: RefreshClaims, { user, session }: FoundSession): boolean {
    const [given, expected] = [Buffer.from(claims.state_hash), Buffer.from(stateHash(user, session))];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  async function verified(token: string): Promise<RefreshClaims> {
    const claims = await jwts.verifyRefresh(token);
    if (claims === undefined) throw new LatchkeyError('refresh_refused');
    return claims;
  }

  async function living(claims: RefreshClaims): Promise<FoundSession> {
    const found = await sessions.find(claims.root_token_id);
    const isOwn = found !== undefined && publicIds.user(found.user.id) === claims.sub && sameState(claims, found);
    // A ban ends the family that is met, so that lifting the ban does not bring it back.
    if (found !== undefined && found.user.status !== 'active') {
      await sessions.revoke(found.session.id, new Date());
      throw new LatchkeyError(isOwn ? 'refresh_suspended' : 'refresh_refused');
    }
    if (!isOwn || !isAlive(found.session)) throw new LatchkeyError('refresh_refused');
    return found;
  }

  /** Two processes whose clocks differ must agree on how long ago a token was used. */
  function sharedNow({ readAt }: FoundSession): number {
    const [shared, own] = [readAt.getTime(), Date.now()];
    return Math.abs(shared - own) <= CLOCK_TOLERANCE_MS ? shared : own;
  }

  async function endFamily({ id, userId }: Session, context: RequestContext): Promise<void> {
    await sessions.revoke(id, new Date());
    await audit({ event: 'auth.token.reuse_detected', userId, detail: { family: id } }, context);
  }

  return {
    firstPair: (user, { id, createdAt }, accessTtlMs) =>
      pairFor(user, { id, generation: 0, stateVersion: 0, rotatedAt: createdAt }, accessTtlMs),
    async currentPair(sessionId) {
      const found = await sessions.find(sessionId);
      return found !== undefined && isAlive(found.session) ? await pairFor(found.user, found.session) : undefined;
    },
    async refresh(token, isOwn, context, { accessTtlMs, onReuse = endFamily } = {}) {
      const claims = await verified(token);
      const generation = Number(claims.jti);
      const found = await living(claims);
      const { session, user } = found;
      if (generation === session.generation) {
        const at = wholeSecond(sharedNow(found));
        const won = await sessions.rotate(session.id, generation, at, new Date(at.getTime() + refreshTtlMs));
        if (won)
          return { family: session.id, pair: await pairFor(user, { ...session, generation: generation + 1, rotatedAt: at }, accessTtlMs) };
      }
      const again = await living(claims);
      const { session: now } = again;
      const justUsed = generation === now.generation - 1 && sharedNow(again) - now.rotatedAt.getTime() <= SAME_ANSWER_MS;
      if (!justUsed && !isOwn(now.id)) {
        await onReuse(now, context);
        throw new LatchkeyError('token_reuse_detected', { detail: 'a used refresh token came back' });
      }
      return { family: now.id, pair: await pairFor(again.user, now, accessTtlMs) };
    },
    async revoke(token) {
      const claims = await verified(token);
      const found = await sessions.find(claims.root_token_id);
      if (found === undefined) throw new LatchkeyError('refresh_refused');
      await sessions.revoke(found.session.id, new Date());
      return found;
    },
    async familyOf(token) {
      const claims = await jwts.verifyRefresh(token).catch(() => undefined);
      return claims?.root_token_id;
    },
  };
}
