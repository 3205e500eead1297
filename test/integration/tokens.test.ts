/** Sessions and tokens as their owners meet them: kept, refreshed, replaced, expired, signed out. */
import { describe, expect, test } from 'vitest';
import { connect, systemRuntime, type Client } from '../../src/client/index.js';
import type { Runtime } from '../../src/client/runtime.js';
import { auditRows, openBeside } from '../support/database.js';
import { DAY_MS, FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { authenticated, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { liveRefreshTokens } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
