// The public types, word for word: a change of them is a change for every host, and shows here first. It is compiled and never run.

import { expectTypeOf } from 'expect-type';
import type { Request, RequestHandler, Router } from 'express';
import {
  type ConfigurationError,
  type FailureCode,
  type Latchkey,
  type LatchkeyError,
  type LatchkeyOptions,
  latchkey,
  type Permit,
  permitOf,
  type Removable,
  type SocialLink,
} from 'express-latchkey';
import { GoogleStrategy, type ProviderStrategy, QQStrategy, type StrategyProfile } from 'express-latchkey/strategies';
import type { Transaction } from 'sequelize';

// One call makes the plugin; three options are required.
expectTypeOf(latchkey).toEqualTypeOf<(options: LatchkeyOptions) => Promise<Latchkey>>();
type RequiredOf<Options> = { [Name in keyof Options]-?: object extends Pick<Options, Name> ? never : Name }[keyof Options];
expectTypeOf<RequiredOf<LatchkeyOptions>>().toEqualTypeOf<'sequelize' | 'baseUrl' | 'secret'>();

// What a host mounts and calls.
expectTypeOf<Latchkey['router']>().toEqualTypeOf<Router>();
expectTypeOf<Latchkey['requireUser']>().toEqualTypeOf<RequestHandler>();
expectTypeOf<Latchkey['close']>().toEqualTypeOf<() => Promise<void>>();
expectTypeOf<Latchkey['links']['list']>().parameters.toEqualTypeOf<[userId: string | number]>();
expectTypeOf<SocialLink>().toHaveProperty('provider').toEqualTypeOf<string>();

// The guard: a removable becomes a permit, and only a permit or an id with a provider takes something away.
expectTypeOf<Latchkey['antiLockout']>().toEqualTypeOf<(removableOf: (req: Request) => Removable) => RequestHandler>();
expectTypeOf(permitOf).returns.toEqualTypeOf<Permit>();
expectTypeOf<Removable>().toEqualTypeOf<
  | { readonly kind: 'password' }
  | { readonly kind: 'link'; readonly provider: string }
  | { readonly kind: 'host'; readonly id: string | number }
>();
expectTypeOf<{ userId: string; removing: Removable }>().not.toExtend<Permit>();
expectTypeOf<Latchkey['links']['removePassword']>().toEqualTypeOf<(permit: Permit) => Promise<void>>();
expectTypeOf<Latchkey['links']['removeMethod']>().toEqualTypeOf<
  <T>(permit: Permit, change: (transaction: Transaction) => Promise<T>) => Promise<T>
>();

// Failures have a code that a host can ask for.
expectTypeOf<LatchkeyError>().toExtend<Error>();
expectTypeOf<LatchkeyError['code']>().toEqualTypeOf<FailureCode>();
expectTypeOf<'only_sign_in_method' | 'not_linked' | 'unavailable'>().toExtend<FailureCode>();
expectTypeOf<ConfigurationError['mistakes']>().items.toHaveProperty('expected').toEqualTypeOf<string>();

// The strategies are Passport's, by the names of the family.
expectTypeOf(GoogleStrategy).instance.toExtend<ProviderStrategy>();
expectTypeOf(QQStrategy).constructorParameters.toHaveProperty(0).toHaveProperty('callbackURL').toEqualTypeOf<string>();
expectTypeOf<StrategyProfile>().toHaveProperty('id').toEqualTypeOf<string>();
