export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(08|53|57|58|40|55P03|25006|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|ENOENT|EHOST)/.test(code) ||
    (code === '' && /timeout|terminated|Connection|not queryable/.test(error.message))
  );
}
