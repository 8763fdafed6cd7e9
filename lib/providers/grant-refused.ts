// A code that the token endpoint does not take (RFC 6749, section 5.2): who sent it is wrong, and the provider works.

export class GrantRefused extends Error {}
