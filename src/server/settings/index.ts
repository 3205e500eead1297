/** What a setting can be, and the files that settings are read from. Knows no setting by its name. */
export { ConfigError } from './config_error.js';
export { readConfigFile, readEnvFile, type EnvLine } from './files.js';
export { foreignAnswer } from './names.js';
export { passwordFileFault, readPasswordFile, withoutPasswords } from './passwords.js';
export { parseSetting, takes, type SettingSchema } from './values.js';
