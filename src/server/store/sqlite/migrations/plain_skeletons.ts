/**
 * Migration 10: no text holds U+0000, which other databases don't take. Where two names looked alike before that was asked,
 * the skeleton of the younger one has its id behind a sign that no skeleton holds: it is U+001F since then.
 */
export const plainSkeletons = `
UPDATE accounts SET name_skeleton = substr(name_skeleton, 1, instr(name_skeleton, char(0)) - 1) || char(31) || account_id
  WHERE instr(name_skeleton, char(0)) > 0;
`;
