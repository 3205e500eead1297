/** Whoever is through with a file of tests on PostgreSQL leaves its databases to the next. */
import { afterAll } from 'vitest';
import { leaveFolders } from './engine.js';

afterAll(leaveFolders);
