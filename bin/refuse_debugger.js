'use strict';
// For `node --require`: keeps Node's debugger shut in a program that is started by another.
require('./first_moments.js').refuseDebugger('portcullis');
