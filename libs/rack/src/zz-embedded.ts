import { ms, us, seconds } from '@ballast/base';
import { constant } from '@ballast/sim';
import { ConstantSize, KeySpace, readWriteMix, Workload, ZipfKeys, UniformKeys } from '@ballast/workload';
import { Rack } from './index.ts';
const [svc='200', wr='0', out='64', retry='50', sample='4', epoch='100', from='0'] = process.argv.slice(2);
const KEYS=100_000, servers=16, service=us(+svc);
const cap = servers*1e9/service;
for (const [theta, system] of ([[0,'hashing'],[0,'pegasus'],[1.2,'hashing'],[1.2,'pegasus']] as const).slice(+from)) {
  const keySpace=new KeySpace({n:KEYS,scrambleSeed:1});
  const rack = new Rack({ seed:1, system, servers, clients:8, keys:KEYS, valueBytes:128,
    workload: new Workload({mix: readWriteMix({writeRatio:+wr}), keys: theta===0?new UniformKeys(KEYS):new ZipfKeys({n:KEYS,theta}), keySpace, valueBytes:new ConstantSize(128)}),
    load:{kind:'open', ratePerSecond: cap*.7}, service: constant(service), retransmitNs: seconds(1), giveUpNs: seconds(10), epochNs: ms(+epoch), sampleRatio:+sample, outstandingMax:+out, controlRetryNs: ms(+retry), hotKeysMax: 64 });
  const c0=process.cpuUsage();
  for (let s=1;s<=8;s++){ if (s===5 && theta>0) keySpace.hotIn(1000);
   for (let q=1;q<=4;q++){ rack.kernel.runUntil(seconds(s-1+q/4)); if (!(theta>0 && system==='pegasus') && q<4) continue; const r=rack.takeWindow();
   console.log(theta,system,s-1+q/4,'thr',Math.round(r.throughputPerSecond),'p50',r.p50Us.toFixed(0),'p99',r.p99Us.toFixed(0),'util',Math.max(...r.utilisation).toFixed(2),Math.min(...r.utilisation).toFixed(2),'hot',rack.hotKeys().length,'ev',rack.kernel.events,'lost',r.lost, 'backlog', rack.clients.reduce((a,n)=>a+n.core.backlog,0), rack.servers.reduce((a,n)=>a+n.core.counters.copiesSent,0));}}
  const c=process.cpuUsage(c0); const r=rack.reading();
  console.log('total thr',Math.round(r.throughputPerSecond),'p50',r.p50Us.toFixed(0),'p99',r.p99Us.toFixed(0),'cpu per virtual s',((c.user+c.system)/8e6).toFixed(3), 'rss', Math.round(process.memoryUsage().rss/1e6));
}
