// The steps that a random sequence is made of, how often each comes, and how each is told in a sentence.

import fc from 'fast-check';
import { ADDRESSES } from './addresses.js';
import { type PasswordRemoval, UNLINK_DIALECTS, type UnlinkDialect } from './removals.js';
import { PROVIDER_IDS, type ProviderId, TURNS } from './way-in-world.js';
import type { Door } from './ways-in.js';

export type Who = 'Ann' | 'Bob';
const PEOPLE: readonly Who[] = ['Ann', 'Bob'];

/** As every dialect wants them. */
export const PASSWORDS = ['Correct horse 1', 'Battery staple 2'] as const;

/** To which address a host moves somebody. */
const MOVES = ['a fresh address', "the other's address", "the other's address in capitals", 'an odd address', 'no address'] as const;

/** Which address somebody asks to have. */
const WISHES = ['a fresh address', "the other's address", 'their own address'] as const;

/** What is tried with a session that is over. */
const MISUSES = ['read', 'list identities', 'link', 'unlink', 'set a password', 'refresh', 'enter the host', 'get a link'] as const;

export type AccountDialect = 'Cloudreve' | 'BIO.RE';

/** Some of what an operator may turn, as one turn. */
export type Turn = {
  readonly [Name in keyof typeof TURNS]: { readonly turn: Name; readonly to: (typeof TURNS)[Name][number] };
}[keyof typeof TURNS];

export type Step =
  | { readonly does: 'signs in'; readonly who: Who; readonly provider: ProviderId; readonly door: Door }
  | { readonly does: 'signs up'; readonly who: Who; readonly password: number; readonly by: AccountDialect }
  | { readonly does: 'asks for the link again'; readonly who: Who; readonly by: 'BIO.RE' | 'page' }
  | { readonly does: 'forgets the password'; readonly who: Who; readonly by: AccountDialect | 'page' }
  | { readonly does: 'follows a link'; readonly which: number; readonly password: number; readonly by: AccountDialect | 'page' }
  | { readonly does: 'wants another address'; readonly who: Who; readonly to: (typeof WISHES)[number]; readonly by: 'BIO.RE' | 'page' }
  | { readonly does: 'ends sessions'; readonly who: Who; readonly which: 'one' | 'all others' | 'this one'; readonly by: 'BIO.RE' | 'page' }
  | { readonly does: 'hands in a token'; readonly who: Who; readonly theirs: boolean; readonly again: boolean }
  | { readonly does: 'joins'; readonly who: Who; readonly provider: ProviderId; readonly which: number }
  | { readonly does: 'moves a link'; readonly who: Who; readonly which: number }
  | { readonly does: 'signs in by password'; readonly who: Who; readonly door: Door }
  | { readonly does: 'links'; readonly who: Who; readonly provider: ProviderId; readonly theirs: boolean }
  | { readonly does: 'begins to link'; readonly who: Who; readonly provider: ProviderId; readonly by: 'flow' | 'one-time link' }
  | { readonly does: 'ends linking'; readonly which: number }
  | { readonly does: 'unlinks'; readonly who: Who; readonly which: number; readonly dialect: UnlinkDialect }
  | { readonly does: 'sets a password'; readonly who: Who; readonly password: number; readonly on: PasswordRemoval | 'BIO.RE' }
  | { readonly does: 'removes the password'; readonly who: Who; readonly on: PasswordRemoval }
  | { readonly does: 'signs out'; readonly who: Who }
  | { readonly does: 'refreshes'; readonly who: Who; readonly used: boolean }
  | { readonly does: 'uses what is over'; readonly which: number; readonly misuse: (typeof MISUSES)[number] }
  | { readonly does: 'is moved'; readonly who: Who; readonly to: (typeof MOVES)[number] }
  | { readonly does: 'loses the password to the host'; readonly who: Who }
  | { readonly does: 'adds a passkey'; readonly who: Who }
  | { readonly does: 'removes a passkey'; readonly who: Who }
  | { readonly does: 'is turned'; readonly turn: Turn }
  | { readonly does: 'asks for proof, or no longer' }
  | { readonly does: 'starts again' };

/** What is settled before the first step. */
export interface Claims {
  readonly address: number;
  readonly verified: boolean;
  readonly hd: 'example.com' | 'other.test' | undefined;
}

export interface Sequence {
  readonly host: 'our own users' | 'members' | 'members without a unique address';
  readonly people: Readonly<Record<Who, Claims>>;
  /** Bob says that he has Ann's address. */
  readonly shared: boolean;
  /** Google is trusted to attach to an account whose address it has verified, and we have. */
  readonly trusting: boolean;
  /** At first whoever signs up proves the address, and proof wins. */
  readonly proving: boolean;
  readonly steps: readonly Step[];
}

const who = fc.constantFrom(...PEOPLE);
const provider = fc.constantFrom(...PROVIDER_IDS);
const door = fc.constantFrom<Door[]>('json', 'browser', 'BIO.RE');
const password = fc.nat(PASSWORDS.length - 1);
const on = fc.constantFrom<PasswordRemoval[]>('Cloudreve', 'page');
const which = fc.nat(3);
const dialect = fc.constantFrom<AccountDialect[]>('Cloudreve', 'BIO.RE');
const bioreOrPage = fc.constantFrom<('BIO.RE' | 'page')[]>('BIO.RE', 'page');
const anyForm = fc.constantFrom<(AccountDialect | 'page')[]>('Cloudreve', 'BIO.RE', 'page');
/** Links are followed when they come, more often than late. */
const link = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) });

const does = <Does extends Step['does']>(name: Does) => fc.constant(name);

const turn: fc.Arbitrary<Turn> = fc.constantFrom(
  ...Object.entries(TURNS).flatMap(([name, values]) => values.map((to) => ({ turn: name, to }) as Turn)),
);

const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const beginning = fc.constantFrom<('flow' | 'one-time link')[]>('flow', 'one-time link');

const ENDINGS = ['one', 'all others', 'this one'] as const;

const STEPS = {
  signIn: fc.record({ does: does('signs in'), who, provider, door }),
  signUp: fc.record({ does: does('signs up'), who, password, by: dialect }),
  resend: fc.record({ does: does('asks for the link again'), who, by: bioreOrPage }),
  forget: fc.record({ does: does('forgets the password'), who, by: anyForm }),
  follow: fc.record({ does: does('follows a link'), which: link, password, by: anyForm }),
  wish: fc.record({ does: does('wants another address'), who, to: fc.constantFrom(...WISHES), by: bioreOrPage }),
  endSessions: fc.record({ does: does('ends sessions'), who, which: fc.constantFrom(...ENDINGS), by: bioreOrPage }),
  handIn: fc.record({ does: does('hands in a token'), who, theirs: seldom, again: seldom }),
  join: fc.record({ does: does('joins'), who, provider, which }),
  moveLink: fc.record({ does: does('moves a link'), who, which }),
  byPassword: fc.record({ does: does('signs in by password'), who, door }),
  link: fc.record({ does: does('links'), who, provider, theirs: seldom }),
  beginToLink: fc.record({ does: does('begins to link'), who, provider, by: beginning }),
  endLinking: fc.record({ does: does('ends linking'), which }),
  unlink: fc.record({ does: does('unlinks'), who, which, dialect: fc.constantFrom(...UNLINK_DIALECTS) }),
  setPassword: fc.record({ does: does('sets a password'), who, password, on: fc.constantFrom('Cloudreve', 'page', 'BIO.RE') }),
  removePassword: fc.record({ does: does('removes the password'), who, on }),
  signOut: fc.record({ does: does('signs out'), who }),
  refresh: fc.record({ does: does('refreshes'), who, used: fc.boolean() }),
  misuse: fc.record({ does: does('uses what is over'), which, misuse: fc.constantFrom(...MISUSES) }),
  move: fc.record({ does: does('is moved'), who, to: fc.constantFrom(...MOVES) }),
  losePassword: fc.record({ does: does('loses the password to the host'), who }),
  addPasskey: fc.record({ does: does('adds a passkey'), who }),
  removePasskey: fc.record({ does: does('removes a passkey'), who }),
  turn: fc.record({ does: does('is turned'), turn }),
  turnProof: fc.record({ does: does('asks for proof, or no longer') }),
  restart: fc.record({ does: does('starts again') }),
} as const;

/** So often does each step come, of all of them. */
function mixed(weights: Readonly<Partial<Record<keyof typeof STEPS, number>>>): fc.Arbitrary<Step> {
  return fc.oneof(...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: STEPS[name as keyof typeof STEPS] })));
}

/** Who has more than one way in has something to lose. */
const gaining = mixed({ link: 5, setPassword: 3, signUp: 3, follow: 3, beginToLink: 2, addPasskey: 1, turn: 1 });

const any = mixed({
  ...{ signIn: 4, signUp: 1, byPassword: 1, link: 3, beginToLink: 1, endLinking: 2, unlink: 10, setPassword: 3, removePassword: 5 },
  ...{ signOut: 1, refresh: 1, misuse: 3, move: 4, losePassword: 1, addPasskey: 1, removePasskey: 1, turn: 5, turnProof: 2, restart: 1 },
  ...{ follow: 3, forget: 1, resend: 1, wish: 1, endSessions: 2, handIn: 2, join: 3, moveLink: 4 },
});

/** Who asks for a link has it in mind. */
const byMail = fc.tuple(mixed({ signUp: 3, forget: 3, resend: 2, wish: 3 }), STEPS.follow);

const turns: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 4, arbitrary: any.map((step) => [step]) },
  { weight: 1, arbitrary: byMail },
);

const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.array(gaining, { maxLength: 3, size: 'max' }), fc.array(turns, { minLength: 1, maxLength: 8, size: 'max' }))
  .map(([first, then]) => [...first, ...then.flat()]);

const claims: fc.Arbitrary<Claims> = fc.record({
  address: fc.oneof(fc.constant(0), fc.nat(ADDRESSES.length - 1)),
  verified: fc.boolean(),
  hd: fc.constantFrom<Claims['hd'][]>(undefined, 'example.com', 'other.test'),
});

export const sequencesOn = (host: Sequence['host']): fc.Arbitrary<Sequence> =>
  fc.record({
    host: fc.constant(host),
    people: fc.record({ Ann: claims, Bob: claims }),
    ...{ shared: fc.boolean(), trusting: seldom, proving: fc.boolean() },
    steps,
  });

export function tellStep(step: Step): string {
  switch (step.does) {
    case 'signs in':
      return `${step.who} signs in by ${step.provider} (${step.door}).`;
    case 'signs up':
      return `${step.who} signs up with "${PASSWORDS[step.password]}" (${step.by}).`;
    case 'asks for the link again':
    case 'forgets the password':
      return `${step.who} ${step.does} (${step.by}).`;
    case 'follows a link':
      return `The link before ${step.which} others is followed, with "${PASSWORDS[step.password]}" (${step.by}).`;
    case 'wants another address':
      return `${step.who} wants ${step.to} (${step.by}).`;
    case 'ends sessions':
      return `${step.who} ends ${step.which} of their sessions (${step.by}).`;
    case 'hands in a token':
      return `${step.who} hands in ${step.theirs ? "the other's" : 'a'} token of Google${step.again ? ', twice' : ''}.`;
    case 'joins':
      return `${step.who} comes by ${step.provider}, and proves an account that has the address (${step.which}).`;
    case 'moves a link':
      return `${step.who} moves a link of another account's (${step.which}) to theirs.`;
    case 'signs in by password':
      return `${step.who} signs in by password (${step.door}).`;
    case 'links':
      return `${step.who} links ${step.theirs ? "the other's " : ''}${step.provider}.`;
    case 'begins to link':
      return `${step.who} begins to link ${step.provider} by a ${step.by}.`;
    case 'ends linking':
      return `What was begun (${step.which}) is ended.`;
    case 'unlinks':
      return `${step.who} unlinks what is linked (${step.which}, ${step.dialect}).`;
    case 'sets a password':
      return `${step.who} sets "${PASSWORDS[step.password]}" (${step.on}).`;
    case 'removes the password':
      return `${step.who} removes the password (${step.on}).`;
    case 'refreshes':
      return `${step.who} refreshes${step.used ? ' with a used token' : ''}.`;
    case 'uses what is over':
      return `Somebody uses a session that is over (${step.which}) to ${step.misuse}.`;
    case 'is moved':
      return `${step.who} is moved to ${step.to}.`;
    case 'is turned':
      return `The operator turns ${step.turn.turn}: ${step.turn.to}.`;
    case 'asks for proof, or no longer':
      return 'The app asks for proof of addresses, or no longer.';
    case 'starts again':
      return 'The app starts again.';
    default:
      return `${step.who} ${step.does}.`;
  }
}

function tellPerson(name: Who, { address, verified, hd }: Claims): string {
  const domain = hd === undefined ? '' : `, of ${hd}`;
  return `${name} has an address with ${ADDRESSES[address]?.name}${verified ? ', verified' : ''}${domain}.`;
}

/** A sequence as sentences. */
export function tellSequence({ host, people, shared, trusting, proving, steps }: Sequence): string {
  const bob = shared ? "Bob says that he has Ann's address." : tellPerson('Bob', people.Bob);
  const google = trusting ? ' Google is trusted with addresses.' : '';
  return [
    `On ${host}.${google}${proving ? ' Addresses are proven.' : ''} ${tellPerson('Ann', people.Ann)} ${bob}`,
    ...steps.map((step, index) => `${index + 1}. ${tellStep(step)}`),
  ].join('\n');
}
