// Passwords that everybody here has, and what a table keeps of them; made cheaply, so that checking one costs no time.

export const PASSWORD = 'correct horse battery';
export const PASSWORD_HASH = '$argon2id$v=19$m=64,t=1,p=1$j2UMhHAbqK/yLudiARMpcQ$6i1vbkFbfIvJxUi7GHggUq79pr51ExfvTml3bmZKUqc';

export const OTHER_PASSWORD = 'another correct horse';
export const OTHER_HASH = '$argon2id$v=19$m=64,t=1,p=1$JT9KbKqrfyDwl9965R522A$f66tk+PVQ4iw5efOP3TMAYntsrrKoWbwjs87O1W76I0';

/** Of Argon2id. Of memory and passes the product's own takes some thousand times as much. */
export const QUICK = { memoryCost: 8, timeCost: 1, parallelism: 1 } as const;
