/** Medians and quantiles. Nothing here rounds. */

/** The value below which a share of the values lies; NaN when there are none. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[at] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The slope of the straight line that fits the points best (least squares); NaN for fewer than two. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [middle_x, middle_y] = [mean(0), mean(1)];
  const both = points.reduce((sum, [x, y]) => sum + (x - middle_x) * (y - middle_y), 0);
  const square = points.reduce((sum, [x]) => sum + (x - middle_x) ** 2, 0);
  return square === 0 ? Number.NaN : both / square;
}
