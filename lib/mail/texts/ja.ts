// The notices in Japanese.

import type { LinkTexts } from './link-texts.js';
import type { MailFacts, MailTexts } from './texts.js';

const providerOf = ({ provider }: MailFacts) => provider ?? '外部アカウント';

const ALL_FINE = 'ご本人の操作であれば、何もする必要はありません。';
const signInAnd =
  (what: string) =>
  ({ appName }: MailFacts) => [ALL_FINE, `心当たりがない場合は、いつもの方法で ${appName} を開いてログインしてください。\n${what}`];

const A_DAY = 'リンクは 24 時間以内に一度だけ使えます。新しいリンクが送られると、古いものは無効になります。';
const IGNORE = '心当たりがない場合は、何もしないでください。リンクを開かなければ何も起こりません。';

const links: LinkTexts = {
  subject: {
    confirm_sign_up: ({ appName }) => `${appName} のメールアドレスの確認`,
    confirm_address: ({ appName }) => `${appName} のメールアドレスの確認`,
    reset_password: ({ appName }) => `${appName} の新しいパスワードの設定`,
    has_account: ({ appName }) => `${appName} のアカウントはすでにあります`,
  },
  why: {
    confirm_sign_up: ({ appName, date }) =>
      `${date}に、このアドレスで ${appName} への登録がありました。\nご本人であれば、次のページを開いてアドレスを確認してください：`,
    confirm_address: ({ appName, date }) =>
      `${date}に、${appName} のアカウントにこのアドレスが入力されました。\nご自身のアカウントであれば、次のページを開いてアドレスを確認してください：`,
    reset_password: ({ appName, date }) =>
      `${date}に、${appName} の新しいパスワードが請求されました。\nご本人であれば、次のページを開いてパスワードを選んでください：`,
    has_account: ({ appName, date }) =>
      `${date}に、このアドレスで ${appName} に登録しようとする操作がありました。\nこのアドレスのアカウントはすでにあります。ログインできない場合は、新しいパスワードを請求してください：`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [
      A_DAY,
      '心当たりがない場合は、何もしないでください。他人が作ったアカウントを確認しないでください。\nご自身で登録すれば、このアドレスはあなたのものになります。',
    ],
    reset_password: () => [
      'リンクは 1 時間以内に一度だけ使えます。新しいリンクが送られると、古いものは無効になります。',
      `${IGNORE}\nパスワードは変わりません。`,
    ],
    has_account: () => ['心当たりがない場合でも、何もする必要はありません。何も変更されていません。'],
  },
};

export const japanese: MailTexts = {
  thisApp: 'このアプリ',
  locale: 'ja',
  greeting: (name) => (name === undefined ? 'こんにちは。' : `${name} 様`),
  notice: {
    linked: (facts) => `${facts.date}に、${providerOf(facts)} が ${facts.appName} のログインに連携されました`,
    unlinked: (facts) => `${facts.date}に、${providerOf(facts)} と ${facts.appName} のログインの連携が解除されました`,
    password_set: ({ appName, date }) => `${date}に、${appName} のログインにパスワードが追加されました`,
    password_changed: ({ appName, date, device }) =>
      device === undefined ? `${date}に、${appName} のパスワードが変更されました` : `${date}に、${device} からパスワードが変更されました`,
    password_removed: ({ appName, date }) => `${date}に、${appName} のパスワードが削除されました`,
    password_reset: ({ appName, date }) => `${date}に、${appName} のパスワードが再設定されました`,
    address_changed: ({ appName, date }) => `${date}に、${appName} のメールアドレスが変更されました`,
    sessions_ended: ({ appName, date }) => `${date}に、${appName} のすべての端末がログアウトされました`,
    method_added: ({ appName, date }) => `${date}に、${appName} のログイン方法が追加されました`,
    method_removed: ({ appName, date }) => `${date}に、${appName} のログイン方法が削除されました`,
  },
  advice: {
    linked: signInAnd('連携アカウントの画面で解除し、新しいパスワードを設定してください。\nほかの端末もすべてログアウトされます。'),
    unlinked: signInAnd(
      '新しいパスワードを設定してください。ほかの端末もすべてログアウトされます。\nその後、連携を確認し、もう一度連携してください。',
    ),
    password_set: signInAnd('心当たりのない連携を解除し、\n運営者にパスワードの削除を依頼してください。'),
    password_changed: signInAnd(
      'パスワードが使えない場合は、連携したアカウントでログインしてください。\n新しいパスワードを設定すると、ほかの端末もすべてログアウトされます。\n心当たりのない連携は解除してください。',
    ),
    password_removed: signInAnd('連携したアカウントでログインし、新しいパスワードを設定し、\n心当たりのない連携は解除してください。'),
    password_reset: ({ appName }) => [
      `${ALL_FINE}すべての端末がログアウトされました。`,
      `心当たりがない場合は、メールが誰かに読まれています。まずメールを保護し、\nその後、いつもの方法で ${appName} を開いて新しいパスワードを請求してください。`,
    ],
    address_changed: ({ appName }) => [
      ALL_FINE,
      `心当たりがない場合は、いつもの方法で ${appName} を開き、\n連携したアカウントでログインして、運営者に連絡してください。`,
    ],
    sessions_ended: (facts) => [
      'すでに置き換えられたログイン情報がもう一度使われました。誰かに複製された可能性があるため、\nすべての端末をログアウトしました。',
      ...signInAnd('新しいパスワードを設定し、心当たりのない連携は解除してください。')(facts),
    ],
    method_added: signInAnd('ログイン方法の管理画面で削除し、新しいパスワードを設定してください。\nほかの端末もすべてログアウトされます。'),
    method_removed: signInAnd(
      '新しいパスワードを設定してください。ほかの端末もすべてログアウトされます。\nその後、ログイン方法を確認し、もう一度追加してください。',
    ),
  },
  closing: ({ appName }) => `安全のため、このお知らせにはリンクがありません。\n${appName} がメールでパスワードを尋ねることはありません。`,
  links,
};
