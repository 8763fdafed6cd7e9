import { CallError, createClient } from 'express-latchkey/client';

/** The calls that the page makes to the API, signed by the API's cookie. */
export function accountAt(api: string) {
  const client = createClient({ baseUrl: api, credentials: 'include' });
  return {
    /** For a link that people click; `/signed-in` of the API sends them back to the page. */
    signInUrl: (provider: string) => client.signInUrl(provider, '/signed-in'),
    linkUrl: (provider: string) => client.linkUrl(provider, '/signed-in'),
    async whoAmI() {
      try {
        return (await client.call('GET /auth/me')).user;
      } catch (error) {
        if (error instanceof CallError && error.status === 401) return undefined;
        throw error;
      }
    },
    async links() {
      const { open_id, links } = await client.call('GET /user/setting');
      return [...open_id, ...links].map(({ provider }) => String(provider));
    },
    async unlink(provider: string) {
      try {
        await client.call('DELETE /session/openid/{provider_id}', { path: { provider_id: provider } });
        return 'Unlinked';
      } catch (error) {
        if (error instanceof CallError && error.code === 40084) return 'That is your only way to sign in';
        throw error;
      }
    },
    signOut: () => client.call('POST /auth/logout'),
  };
}
