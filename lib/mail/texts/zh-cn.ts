// The notices in Simplified Chinese.

import type { LinkTexts } from './link-texts.js';
import type { MailFacts, MailTexts } from './texts.js';

const providerOf = ({ provider }: MailFacts) => provider ?? '一个第三方账号';

const ALL_FINE = '如果是您本人操作，无需理会此邮件。';
const signInAnd =
  (what: string) =>
  ({ appName }: MailFacts) => [ALL_FINE, `如果不是您本人操作：请按平时的方式打开 ${appName} 并登录。\n${what}`];

const A_DAY = '该链接只能使用一次，24 小时内有效；如再次发送，旧链接随即失效。';
const IGNORE = '如果不是您本人操作，请忽略此邮件：不打开链接，就不会有任何变化。';

const links: LinkTexts = {
  subject: {
    confirm_sign_up: ({ appName }) => `请确认您在 ${appName} 的邮箱地址`,
    confirm_address: ({ appName }) => `请确认您在 ${appName} 的邮箱地址`,
    reset_password: ({ appName }) => `为您的 ${appName} 登录设置新密码`,
    has_account: ({ appName }) => `您在 ${appName} 已有账号`,
  },
  why: {
    confirm_sign_up: ({ appName, date }) => `有人于 ${date} 使用此邮箱注册了 ${appName}。\n如果是您本人，请打开以下页面确认邮箱：`,
    confirm_address: ({ appName, date }) =>
      `有人于 ${date} 为 ${appName} 的一个账号填写了此邮箱。\n如果该账号属于您，请打开以下页面确认邮箱：`,
    reset_password: ({ appName, date }) => `有人于 ${date} 请求为您的 ${appName} 登录设置新密码。\n如果是您本人，请打开以下页面设置：`,
    has_account: ({ appName, date }) =>
      `有人于 ${date} 尝试使用此邮箱注册 ${appName}。\n您已有使用此邮箱的账号。如果无法登录，可以重新设置密码：`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [A_DAY, '如果不是您本人操作，请忽略此邮件，不要确认他人创建的账号：\n您可以自行注册，此邮箱将归您所有。'],
    reset_password: () => ['该链接只能使用一次，1 小时内有效；如再次发送，旧链接随即失效。', `${IGNORE}\n您的密码保持不变。`],
    has_account: () => ['如果不是您本人操作，无需理会此邮件，未做任何更改。'],
  },
};

export const simplifiedChinese: MailTexts = {
  thisApp: '本应用',
  locale: 'zh-CN',
  greeting: (name) => (name === undefined ? '您好，' : `${name}，您好，`),
  notice: {
    linked: (facts) => `${providerOf(facts)} 已于 ${facts.date} 绑定到您的 ${facts.appName} 登录`,
    unlinked: (facts) => `${providerOf(facts)} 已于 ${facts.date} 与您的 ${facts.appName} 登录解除绑定`,
    password_set: ({ appName, date }) => `您的 ${appName} 登录已于 ${date} 新增密码`,
    password_changed: ({ appName, date, device }) =>
      device === undefined ? `您的 ${appName} 登录密码已于 ${date} 更改` : `您的密码已于 ${date} 在 ${device} 上更改`,
    password_removed: ({ appName, date }) => `您的 ${appName} 登录密码已于 ${date} 移除`,
    password_reset: ({ appName, date }) => `您的 ${appName} 登录密码已于 ${date} 重新设置`,
    address_changed: ({ appName, date }) => `您的 ${appName} 登录邮箱已于 ${date} 更改`,
    sessions_ended: ({ appName, date }) => `您的 ${appName} 登录已于 ${date} 在所有设备上退出`,
    method_added: ({ appName, date }) => `您的 ${appName} 登录已于 ${date} 新增一种登录方式`,
    method_removed: ({ appName, date }) => `您的 ${appName} 登录已于 ${date} 移除一种登录方式`,
  },
  advice: {
    linked: signInAnd('在账号关联页面解除该绑定，然后设置新密码，其他设备会随之退出登录。'),
    unlinked: signInAnd('设置新密码，其他设备会随之退出登录；再检查账号关联，重新绑定。'),
    password_set: signInAnd('解除您不认识的绑定，并联系该应用的运营方移除此密码。'),
    password_changed: signInAnd(
      '如果密码已失效，请使用已绑定的第三方账号登录。\n设置新密码，其他设备会随之退出登录，并解除您不认识的绑定。',
    ),
    password_removed: signInAnd('请使用已绑定的第三方账号登录，设置新密码，并解除您不认识的绑定。'),
    password_reset: ({ appName }) => [
      `${ALL_FINE}所有设备均已退出登录。`,
      `如果不是您本人操作：说明有人能读取您的邮件。请先保护好您的邮箱，\n再按平时的方式打开 ${appName} 重新设置密码。`,
    ],
    address_changed: ({ appName }) => [
      ALL_FINE,
      `如果不是您本人操作：请按平时的方式打开 ${appName}，使用已绑定的第三方账号登录，\n并联系该应用的运营方。`,
    ],
    sessions_ended: (facts) => [
      '一个已被替换的登录凭证再次被使用，可能已被他人复制，因此所有设备均已退出登录。',
      ...signInAnd('设置新密码，并解除您不认识的绑定。')(facts),
    ],
    method_added: signInAnd('在登录方式管理页面移除该方式，然后设置新密码，其他设备会随之退出登录。'),
    method_removed: signInAnd('设置新密码，其他设备会随之退出登录；再检查您的登录方式，重新添加。'),
  },
  closing: ({ appName }) => `为了您的安全，本邮件不含任何链接。\n${appName} 绝不会通过邮件索要您的密码。`,
  links,
};
