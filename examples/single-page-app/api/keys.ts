import { type LatchkeyOptions, latchkey } from 'express-latchkey';

/** The page's origin may call with credentials. */
export const open = (options: Pick<LatchkeyOptions, 'sequelize' | 'secret' | 'providers' | 'baseUrl'>, page: string) =>
  latchkey({ ...options, allowedOrigins: [page] });
