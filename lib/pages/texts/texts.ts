// The texts that a language needs for our pages: a language that lacks the sentence for a notice or a failure does not compile.

import type { FailureCode } from '../../accounts/errors.js';
import type { Notice } from '../page-frame.js';

/** A sentence around a name. */
type About = (name: string) => string;

export type FailureTexts = Readonly<Record<Exclude<FailureCode, 'validation_failed'>, string>> & {
  /** `message` is English, and says what is wrong with the input. */
  readonly validation_failed: (message: string) => string;
};

/** Notices that name a provider are sentences around it. */
export type NoticeTexts = Readonly<Record<Extract<Notice, { readonly provider: string }>['kind'], About>> &
  Readonly<Record<Exclude<Notice, { readonly provider: string }>['kind'], string>>;

export interface PageTexts {
  /** What an app is called that has told no name. */
  readonly thisApp: string;
  readonly notice: NoticeTexts;
  readonly failure: FailureTexts;
  /** A provider's name, and the word by which it calls its error. */
  readonly providerSaid: (provider: string, error: string) => string;
  readonly email: string;
  readonly password: string;
  readonly signOut: string;
  readonly cancel: string;
  readonly toSignIn: string;
  readonly toConnections: string;
  /** On the page of connections, to the page of sessions. */
  readonly toSessions: string;
  readonly signIn: {
    /** The app's name. */
    readonly title: About;
    readonly continueWith: About;
    /** Between the providers and the password. */
    readonly or: string;
    readonly submit: string;
    readonly noWay: string;
  };
  readonly reauthenticate: {
    readonly title: string;
    /** The app's name. */
    readonly why: About;
    readonly confirmWith: About;
    readonly submit: string;
    readonly noWay: string;
  };
  /** A question before a link that another site has begun; each but the last three around the provider's name. */
  readonly confirmLink: {
    readonly title: About;
    readonly why: About;
    readonly warning: About;
    readonly confirm: About;
    readonly account: string;
    /** An address, and after it the mark of one that nobody has proven. */
    readonly unproven: About;
  };
  /** Asking for a link by mail. */
  readonly askForLink: {
    /** On the sign-in page. */
    readonly forgotten: string;
    readonly submit: string;
    readonly sent: string;
    readonly reset: { readonly title: string; readonly why: string };
    readonly verify: { readonly title: string; readonly why: string };
  };
  readonly resetPassword: { readonly title: string; readonly why: string; readonly submit: string };
  readonly confirmAddress: {
    readonly title: string;
    readonly why: string;
    /** In place of it where several have signed up with the address. */
    readonly choosePassword: string;
    readonly submit: string;
  };
  /** Each around the name of the identity's provider. */
  readonly join: {
    readonly title: string;
    readonly why: About;
    readonly how: About;
    readonly submit: string;
    readonly noWay: string;
  };
  /** Each around the provider's name. */
  readonly move: {
    readonly title: About;
    readonly why: About;
    readonly account: string;
    readonly what: About;
    readonly confirm: About;
    readonly locked: string;
  };
  readonly sessions: {
    readonly title: string;
    readonly explained: string;
    readonly current: string;
    readonly other: string;
    readonly unknownDevice: string;
    readonly address: string;
    readonly since: string;
    readonly lastActive: string;
    /** A screen reader says the device after it. */
    readonly end: string;
    readonly others: string;
    readonly othersHow: string;
    readonly noOthers: string;
    readonly endOthers: string;
  };
  readonly connections: {
    readonly title: string;
    /** A nickname, and after it the address where there is one. */
    readonly signedInAs: string;
    readonly accounts: string;
    readonly explained: string;
    readonly none: string;
    readonly linked: string;
    readonly notLinked: string;
    readonly identity: string;
    readonly linkedSince: string;
    readonly lastUsed: string;
    readonly neverUsed: string;
    readonly outOfService: About;
    /** A button's text; the same with the provider is what a screen reader says, so it must begin with the text. */
    readonly link: string;
    readonly linkNamed: About;
    readonly unlink: string;
    readonly unlinkNamed: About;
    /** Why a provider's button does nothing. */
    readonly kept: About;
    readonly question: About;
    readonly confirm: About;
  };
  /** Why something cannot be removed, by what can be done first. */
  readonly locked: Readonly<Record<Remedy, string>>;
  readonly passwordSection: {
    readonly isSet: string;
    readonly notSet: string;
    readonly noEmail: string;
    readonly current: string;
    readonly new: string;
    atLeast(length: number): string;
    readonly set: string;
    readonly change: string;
    readonly remove: string;
    readonly question: string;
    readonly confirm: string;
    /** Why it cannot be removed, by what can be done first. */
    readonly locked: Readonly<Record<'link' | 'none', string>>;
  };
  readonly addressSection: {
    readonly proven: string;
    readonly unproven: string;
    readonly none: string;
    readonly new: string;
    readonly how: string;
  };
  readonly failurePage: {
    readonly signInTitle: string;
    readonly title: string;
    readonly tryAgain: string;
  };
  readonly callback: {
    /** The app's name. */
    readonly finishing: About;
    readonly finishingLink: About;
    readonly moment: string;
    /** A link, where a browser does not go on by itself. */
    readonly goOn: string;
    readonly needsScript: string;
    /** Filled in by the page's script; the name is a nickname. */
    readonly signedInAs: About;
    readonly linked: string;
    /** Filled in by the page's script, with an English reason. */
    readonly failed: About;
    readonly handBack: string;
    readonly handBackHow: string;
    readonly asBody: string;
    readonly tellNobody: string;
    readonly linkedTitle: string;
    readonly notLinkedTitle: string;
    readonly notLinked: string;
    readonly closeWindow: string;
  };
}

/** What a locked-in person can do to be free to unlink. */
export type Remedy = 'password' | 'link' | 'password_or_link' | 'none';
