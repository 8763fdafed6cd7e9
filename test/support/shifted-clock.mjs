// Preloaded into a server process whose clock is to be wrong: whatever time it is, it takes it for CLOCK_SHIFT_MS later.

const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const now = () => Reflect.apply(realNow, Date, []) + shiftMs;
const realNow = Date.now;

globalThis.Date = new Proxy(Date, {
  construct: (real, given, newTarget) => Reflect.construct(real, given.length === 0 ? [now()] : given, newTarget),
  get: (real, name, receiver) => (name === 'now' ? now : Reflect.get(real, name, receiver)),
});
