// The steps of a random sequence that prove an address or lead back in by mail.

import { isEmailAddress } from '../../lib/accounts/keys.js';
import { ApiClient, BrowserClient } from './client.js';
import type { HttpAnswer } from './http-request.js';
import { newTag } from './new-tag.js';
import { type Account, type MailedLink, spelled } from './sequence-ledger.js';
import type { Asked, FoundLink } from './sequence-mailbox.js';
import { calm, isDone, type Of, SequenceScene, said, succeeded } from './sequence-scene.js';
import { PASSWORDS, type Who } from './sequence-steps.js';

const AUTH = '/api/v1/auth';

export type ProofStep = Of<'signs up' | 'asks for the link again' | 'forgets the password' | 'follows a link' | 'wants another address'>;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

export class ProofPlayer extends SequenceScene {
  protected async takeForProof(step: ProofStep): Promise<void> {
    switch (step.does) {
      case 'signs up':
        return this.proving ? this.#signUpToProve(step) : this.#signUp(step);
      case 'asks for the link again':
        return this.#askAgain(step);
      case 'forgets the password':
        return this.#forget(step);
      case 'follows a link':
        return this.#follow(step);
      case 'wants another address':
        return this.#wish(step);
    }
  }

  protected anybody(): ApiClient {
    return new ApiClient(this.host.base);
  }

  // Signing up

  #callToSignUp({ who, password, by }: Of<'signs up'>): Promise<HttpAnswer> {
    const given = { email: this.addressOf(who) ?? '', password: PASSWORDS[password] ?? '' };
    const terms = { acceptedTerms: true, acceptedPrivacy: true };
    return by === 'Cloudreve'
      ? this.anybody().call('POST', '/user', given)
      : this.anybody().call('POST', `${AUTH}/register`, { ...given, ...terms });
  }

  async #signUp(step: Of<'signs up'>): Promise<void> {
    const [address, password] = [(this.addressOf(step.who) ?? '').trim(), PASSWORDS[step.password] ?? ''];
    const answer = calm(await this.#callToSignUp(step));
    if (!succeeded(answer)) return;
    if (this.setup.password === 'off') throw new Error('Signed up by a password while passwords are off');
    const [there] = this.ledger.at(address);
    if (there !== undefined) throw new Error(`Signed up with the address of ${there.id}`);
    const entered = await this.enter({ kind: 'password', email: address, password });
    if ('refused' in entered) throw new Error(`Signed up, and does not come in: ${entered.refused}`);
    const account = this.ledger.newAccount(entered.userId, { address, password });
    this.ledger.changed();
    this.current.set(step.who, account);
    await this.stillIn([account]);
  }

  /** Nobody comes in yet; of whoever has it, the address stays. */
  async #signUpToProve(step: Of<'signs up'>): Promise<void> {
    const address = spelled((this.addressOf(step.who) ?? '').trim());
    const password = PASSWORDS[step.password] ?? '';
    const { answer, links } = await this.#mailing(() => this.#callToSignUp(step));
    const [link] = links;
    const isTaken = this.ledger.at(address).some(({ isVerified }) => isVerified);
    const before = this.ledger.signUps.get(address);
    const isRefused = step.by === 'Cloudreve' ? ![203, 40032, 40033].includes(Number(codeOf(answer))) : !succeeded(answer);
    if (isRefused) {
      if (link !== undefined) throw new Error(`Refused, and mailed: ${said(answer)}`);
      return;
    }
    if (this.setup.password === 'off') throw new Error('Signed up by a password while passwords are off');
    const code = isTaken ? 40032 : before === undefined ? 203 : 40033;
    if (step.by === 'Cloudreve' && codeOf(answer) !== code) throw new Error(`Expected ${code}: ${said(answer)}`);
    if ((link === undefined) !== isTaken) throw new Error(isTaken ? 'The owner’s address was mailed a link' : 'No link was mailed');
    if (link === undefined) return;
    if (before === undefined) {
      if (this.ledger.accounts.has(link.id)) throw new Error(`Signed up as ${link.id}, who was there before`);
      this.ledger.signUps.set(address, { id: link.id, password, asksPassword: false });
    } else {
      if (link.id !== before.id) throw new Error(`The sign-up of ${address} was ${before.id}, and is ${link.id}`);
      before.asksPassword ||= before.password !== password;
      before.password = password;
    }
    this.#noted(link, 'sign_up');
  }

  // Links in mail

  async #mailing(call: () => Promise<HttpAnswer>, asked?: Asked): Promise<{ answer: HttpAnswer; links: readonly FoundLink[] }> {
    const { answer, links } = await this.mailbox.during(this.host.sequelize, call, asked);
    calm(answer);
    if (links.length > 1) throw new Error(`${links.length} links were mailed`);
    return { answer, links };
  }

  #noted({ address, id, token }: FoundLink, purpose: MailedLink['purpose']): void {
    this.ledger.mailed({ purpose, address, id, token });
  }

  /** What somebody asks about: the address they have, or say that they have. */
  #inquired(who: Who): string {
    const account = this.current.get(who);
    return (
      (account !== undefined && this.ledger.accounts.has(account.id) ? account.address : undefined) ??
      this.addressOf(who) ??
      ''
    ).trim();
  }

  async #askAgain({ who, by }: Of<'asks for the link again'>): Promise<void> {
    const email = this.#inquired(who);
    const call = () =>
      by === 'page'
        ? new BrowserClient(this.host.base).submit('/auth/verify/again', { email })
        : this.anybody().call('POST', `${AUTH}/resend-verification`, { email });
    const { answer, links } = await this.#mailing(call, 'auth.resend_verification.requested');
    if (answer.status !== 200) return;
    const at = this.ledger.at(email);
    const signUp = this.ledger.signUps.get(spelled(email));
    const whose = at.some(({ isVerified }) => isVerified) ? [] : signUp !== undefined ? [signUp.id] : at.map(({ id }) => id);
    const [link] = links;
    if ((link === undefined) !== (whose.length === 0)) throw new Error(`${link ? 'A' : 'No'} link was mailed for ${whose}`);
    if (link === undefined) return;
    if (!whose.includes(link.id) || link.page !== 'verify') throw new Error(`The link of ${whose} went to ${link.id}`);
    this.#noted(link, signUp === undefined ? 'address' : 'sign_up');
  }

  async #forget({ who, by }: Of<'forgets the password'>): Promise<void> {
    const email = this.#inquired(who);
    const call = () =>
      by === 'page'
        ? new BrowserClient(this.host.base).submit('/auth/forgot', { email })
        : this.anybody().call('POST', by === 'BIO.RE' ? `${AUTH}/forgot-password` : '/user/reset', { email });
    const isAnswered = by === 'Cloudreve' ? (answer: HttpAnswer) => codeOf(answer) === 0 : ({ status }: HttpAnswer) => status === 200;
    const { answer, links } = await this.mailbox.during(this.host.sequelize, call, 'auth.forgot_password.requested', isAnswered);
    if (!isAnswered(calm(answer))) return;
    const whose = this.ledger.at(email).filter(({ isVerified }) => isVerified);
    const [link] = links;
    if ((link === undefined) !== (whose.length === 0))
      throw new Error(`${link ? 'A' : 'No'} link was mailed for ${whose.map(({ id }) => id)}`);
    if (link === undefined) return;
    if (whose.every(({ id }) => id !== link.id) || link.page !== 'reset') throw new Error(`The link went to ${link.id}`);
    this.#noted(link, 'reset');
  }

  async #follow(step: Of<'follows a link'>): Promise<void> {
    const link = this.ledger.links.at(-1 - step.which);
    if (link === undefined) return;
    await this.know(this.all());
    if (link.purpose === 'reset') return this.#reset(link, step);
    const answer = calm(await this.#verify(link, step));
    if (!isDone(answer)) return this.#refusedToProve(link, answer);
    if (link.isOver) throw new Error(`A link that was over was taken: ${said(answer)}`);
    this.ledger.changed();
    const account = link.purpose === 'sign_up' ? await this.#signedUp(link, step) : await this.#addressProven(link);
    this.ledger.endLinksOf(account.id);
    await this.stillIn(this.all());
  }

  #asks({ purpose, address }: MailedLink): boolean {
    return purpose === 'sign_up' && this.ledger.signUps.get(address)?.asksPassword === true;
  }

  #verify(link: MailedLink, { by, password }: Of<'follows a link'>): Promise<HttpAnswer> {
    const { token, id } = link;
    if (by === 'BIO.RE') return this.anybody().call('POST', `${AUTH}/verify-email`, { token });
    if (by === 'Cloudreve') return this.anybody().call('GET', `/user/activate/${id}?${new URLSearchParams({ sign: token })}`);
    const chosen = this.#asks(link) ? { new_password: PASSWORDS[password] ?? '' } : {};
    return new BrowserClient(this.host.base).submit('/auth/verify', { token, ...chosen });
  }

  /** Only what would lose a proven address, or the last way in, or belongs to no proof that wins, is refused. */
  #refusedToProve(link: MailedLink, answer: HttpAnswer): void {
    const others = this.ledger.at(link.address).filter(({ id }) => id !== link.id);
    const mayStay = ({ isVerified, identities, passkeys }: Account) =>
      !this.proving || isVerified || identities.size > 0 || passkeys.length > 0;
    if (!link.isOver && !others.some(mayStay)) throw new Error(`A link that was not over was refused: ${said(answer)}`);
  }

  async #signedUp(link: MailedLink, { by, password }: Of<'follows a link'>): Promise<Account> {
    const signUp = this.ledger.signUps.get(link.address);
    if (signUp === undefined || signUp.id !== link.id) throw new Error(`Nobody of that id had signed up with ${link.address}`);
    const chosen = by === 'page' && signUp.asksPassword ? (PASSWORDS[password] ?? '') : signUp.password;
    await this.takesAddress(link.address, link.id);
    const account = this.ledger.newAccount(link.id, { address: link.address, password: chosen, isVerified: true });
    // While passwords are off nobody comes in by one.
    account.comesIn = this.setup.password === 'on';
    account.proven = false;
    for (const who of ['Ann', 'Bob'] as const) if (spelled(this.addressOf(who)?.trim()) === link.address) this.current.set(who, account);
    return account;
  }

  async #addressProven(link: MailedLink): Promise<Account> {
    const account = this.ledger.accounts.get(link.id);
    if (account === undefined) throw new Error(`${link.id} is nobody, and has proven ${link.address}`);
    await this.takesAddress(link.address, link.id);
    if (spelled(account.address) !== link.address) this.movedTo(account, link.address);
    account.isVerified = true;
    return account;
  }

  async #reset(link: MailedLink, { by, password }: Of<'follows a link'>): Promise<void> {
    const { token, id } = link;
    const chosen = PASSWORDS[password] ?? '';
    const calls = {
      'BIO.RE': () => this.anybody().call('POST', `${AUTH}/reset-password`, { token, newPassword: chosen }),
      Cloudreve: () => this.anybody().call('PATCH', `/user/reset/${id}`, { secret: token, password: chosen }),
      page: () => new BrowserClient(this.host.base).submit('/auth/reset', { token, new_password: chosen }),
    } as const;
    const answer = calm(await calls[by]());
    const account = this.ledger.accounts.get(id);
    const isTheirs = account?.isVerified === true && spelled(account.address) === link.address;
    const isAnothers = account !== undefined && this.sharing(account).some((other) => other.password === chosen);
    if (!isDone(answer)) {
      if (!link.isOver && isTheirs && !isAnothers) throw new Error(`A link that was not over was refused: ${said(answer)}`);
      return;
    }
    if (account === undefined || link.isOver || !isTheirs) throw new Error(`A link that was over set a password: ${said(answer)}`);
    this.ledger.changed();
    this.ledger.passwordChanged(account, chosen, undefined);
    for (const session of this.ledger.livingOf(account)) session.refreshIsOver = true;
    if (this.setup.password === 'on') account.comesIn = true;
    await this.stillIn(this.all());
  }

  /** Whoever reads the mail of a proven address comes in by it, and no password of before does. */
  protected async recoverAtTheEnd(): Promise<void> {
    const isAlone = ({ address, isVerified }: Account) =>
      isVerified && address !== undefined && isEmailAddress(address) && this.ledger.at(address).length === 1;
    const account = this.all().find(isAlone);
    if (account?.address === undefined || this.setup.password === 'off') return;
    const { address: email, id, password: before } = account;
    const forgot = () => this.anybody().call('POST', `${AUTH}/forgot-password`, { email });
    const { links } = await this.#mailing(forgot, 'auth.forgot_password.requested');
    const chosen = 'Chosen by the owner 3';
    const reset = await this.anybody().call('POST', `${AUTH}/reset-password`, { token: links[0]?.token ?? 'none', newPassword: chosen });
    const entered = await this.enter({ kind: 'password', email, password: chosen });
    if ('refused' in entered || entered.userId !== id) throw new Error(`${id} does not come back by ${email}: ${said(reset)}`);
    this.ledger.passwordChanged(account, chosen, undefined);
    const stale = before === undefined ? undefined : await this.enter({ kind: 'password', email, password: before });
    if (stale !== undefined && !('refused' in stale)) throw new Error(`A password of before lets ${stale.userId} in`);
  }

  async #wish({ who, to, by }: Of<'wants another address'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { account, client } = session;
    const other = this.all().find((one) => one !== account && one.address !== undefined)?.address;
    const fresh = `${newTag()}@example.test`;
    const own = this.addressOf(who)?.trim() ?? fresh;
    const wished = { 'a fresh address': fresh, "the other's address": (other ?? fresh).trim(), 'their own address': own }[to];
    const current = account.password;
    const call = () =>
      by === 'BIO.RE'
        ? client.call('POST', '/api/v1/users/change-email', { newEmail: wished, password: current ?? PASSWORDS[0] })
        : client.call(
            'POST',
            '/account/connections/email',
            new URLSearchParams({ new_email: wished, ...(current === undefined ? {} : { current_password: current }) }),
          );
    const { answer, links } = await this.#mailing(call);
    this.believed(session, answer);
    const [link] = links;
    const isAnothers = this.ledger.at(wished).some(({ id, isVerified }) => id !== account.id && isVerified);
    const isOwn = account.isVerified && spelled(account.address) === spelled(wished);
    const expected = isDone(answer) && !isAnothers && !isOwn;
    if ((link !== undefined) !== expected) throw new Error(`${link ? 'A' : 'No'} link was mailed: ${said(answer)}`);
    if (link !== undefined && link.id !== account.id) throw new Error(`The link of ${account.id} was made out to ${link.id}`);
    if (link !== undefined) this.#noted(link, 'address');
  }
}
