// What people see of a network address.

import { expect } from 'chai';
import { maskAddress } from '../../lib/http/client-address.js';

describe('A masked address', () => {
  const masked: readonly (readonly [string | undefined, string | undefined])[] = [
    ['192.168.1.77', '192.168.1.***'],
    ['::ffff:192.168.1.77', '192.168.1.***'],
    ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7:***'],
    ['2001:DB8::1', '2001:db8:0:0:***'],
    ['::1', '0:0:0:0:***'],
    ['fe80::1%eth0', 'fe80:0:0:0:***'],
    ['1::2:3:4:5:6:7', '1:0:2:3:***'],
    ['unknown', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [address, shown] of masked) {
    it(`of ${address} is ${shown}`, () => {
      expect(maskAddress(address)).to.equal(shown);
    });
  }
});
