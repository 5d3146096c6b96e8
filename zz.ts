import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Chrome } from './test/helpers/chrome.ts';
import { GatewayProcess } from './test/integration/gateway/gateway-process.ts';
await using chrome = await Chrome.start();
await using gw = await GatewayProcess.start(chrome.endpoint);
await gw.next('upstream', ({ connected }: any) => connected);
const cpu = () => { const s = readFileSync(`/proc/${gw.child.pid}/stat`, 'utf8'); const f = s.slice(s.lastIndexOf(')') + 2).split(' '); return (Number(f[11]) + Number(f[12])) * 10; };
const c = new Client({ name: 'claude-code', version: '1' });
await c.connect(new StreamableHTTPClientTransport(new URL(`${gw.url}/mcp`)) as any);
const call = (name: string, args: object = {}) => c.callTool({ name, arguments: args as any });
await call('navigate_page', { url: 'data:text/html,<title>hi</title><button>x</button>' });
for (const [name, args] of [['evaluate_script', { function: '() => document.title' }], ['take_snapshot', {}], ['list_pages', {}]] as const) {
  for (let i = 0; i < 50; i++) await call(name, args);
  gw.child.kill('SIGUSR2'); await new Promise((r) => setTimeout(r, 300));
  const a = cpu(), t = performance.now(); const ts: number[] = [];
  for (let i = 0; i < 400; i++) { const q = performance.now(); await call(name, args); ts.push(performance.now() - q); }
  ts.sort((x, y) => x - y);
  console.log(name, 'p50', ts[200]!.toFixed(1), 'p10', ts[40]!.toFixed(1), 'cpu ms/call', ((cpu() - a) / 400).toFixed(2), 'wall', ((performance.now() - t) / 400).toFixed(2));
  gw.child.kill('SIGUSR2'); await new Promise((r) => setTimeout(r, 1500));
}
await c.close(); process.exit(0);
