import { BlockList, isIP } from 'node:net';
import { HubError } from './errors.ts';

/** `10.0.0.0/8`, `fd00::/8` or a single address, as what `net.BlockList.addSubnet` takes. Throws USAGE. */
export function parseCidr(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', bits] = text.split('/');
  const version = isIP(address);
  const prefix = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
  const max = version === 6 ? 128 : 32;
  if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > max || bits === '') {
    throw new HubError(
      'USAGE',
      `--proxy-allow ${text} is no address range`,
      'Write it as CIDR, e.g. --proxy-allow 172.16.0.0/12 or --proxy-allow 192.168.1.7',
    );
  }
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}

/** The allow-list as the listener asks it; loopback peers always pass. v4-mapped v6 addresses are understood. */
export function allowList(cidrs: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ['127.0.0.0/8', '::1/128', ...cidrs]) {
    const { address, prefix, family } = parseCidr(text);
    list.addSubnet(address, prefix, family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}
