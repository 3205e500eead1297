/** How the server can be reached: plain or TLS, with which certificate, and by which line of text. */
export { leaveConnectionString, reachableHost, servesTls, tlsIdentity } from './channel.js';
