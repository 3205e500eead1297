/** Operations are written for the first. The second is for tests, which hold the outcomes of both against each other. */
export type Isolation = 'read committed' | 'serializable';
