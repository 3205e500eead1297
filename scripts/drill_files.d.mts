export function drillFiles(): string[];
