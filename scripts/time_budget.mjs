// How long checks and tests may take: pure. The figures of test/budget.json are seconds on a machine that does the fixed piece
// of work below in `work_ms`; on a slower or busier one everything may take longer in the same proportion.

/** Returns how many milliseconds a fixed piece of work took: what the machine has for us just now, whoever else uses it. */
export function workMs() {
  const began = performance.now();
  let state = 1;
  for (let count = 0; count < 4_000_000; count += 1)
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  // The sum is used, so that no compiler leaves the work out.
  return performance.now() - began + (state === 0 ? 1 : 0);
}

/** Returns how many times longer than in the budget things may take here: the mean of the samples, and never less than 1. */
export function paceOf(samples, workMsInBudget) {
  if (samples.length === 0) return 1;
  const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  return Math.max(1, mean / workMsInBudget);
}

/**
 * Returns a sentence for everything that took longer than its budget allows. `took` holds seconds: `checks` by name, `files`
 * by path and `total`; `kind` is `quick` or `full`.
 */
export function overBudget(took, budget, { kind, pace }) {
  const allowed = (seconds) => seconds * pace;
  const faults = [];
  const judge = (what, seconds, most) => {
    if (most === undefined) faults.push(`${what} has no budget in test/budget.json`);
    else if (seconds > allowed(most))
      faults.push(
        `${what} took ${seconds.toFixed(1)} s; the budget is ${most} s, here ${allowed(most).toFixed(1)} s`,
      );
  };
  for (const [name, seconds] of Object.entries(took.checks))
    judge(`check ${name}`, seconds, budget.checks[name]);
  for (const [path, seconds] of Object.entries(took.files))
    judge(path, seconds, budget.files[path] ?? budget.each_file);
  judge(`the ${kind} test`, took.total, budget.total[kind]);
  return faults;
}

/** Returns what the budget speaks of and no longer exists: a path in it protects nothing any more. */
export function leftOver(budget, { checks, exists }) {
  return [
    ...Object.keys(budget.checks).filter((name) => !checks.includes(name)),
    ...Object.keys(budget.files).filter((path) => !exists(path)),
  ];
}
