// How often BIO.RE's documents allow each of their calls: per user if the call is signed in, else per address.

export const DOCUMENTED = {
  login: { limit: 20, window: '1h' },
  logout: { limit: 60, window: '1h' },
  me: { limit: 60, window: '1h' },
  changePassword: { limit: 3, window: '1h' },
  sessions: { limit: 30, window: '1h' },
  endSession: { limit: 20, window: '1h' },
  endSessions: { limit: 5, window: '1h' },
  providers: { limit: 60, window: '1h' },
  oauthLogin: { limit: 10, window: '1h' },
  oauthLink: { limit: 20, window: '1h' },
  register: { limit: 10, window: '1h' },
  verifyEmail: { limit: 20, window: '1h' },
  resendVerification: { limit: 5, window: '1h' },
  forgotPassword: { limit: 5, window: '1h' },
  resetPassword: { limit: 3, window: '1h' },
  changeEmail: { limit: 3, window: '1h' },
} as const;

export type BioreLimitName = keyof typeof DOCUMENTED;
