// The mails with a link in Simplified Chinese.

import type { LinkTexts } from './link-texts.js';

const A_DAY = '该链接只能使用一次，24 小时内有效；如再次发送，旧链接随即失效。';
const IGNORE = '如果不是您本人操作，请忽略此邮件：不打开链接，就不会有任何变化。';

export const simplifiedChineseLinks: LinkTexts = {
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
