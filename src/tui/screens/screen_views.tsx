/** The component of each screen. One that is missing, or that wants to know what its entry in the table doesn't say, doesn't compile. */
import { useEffect, useState, type ComponentType } from 'react';
import { useServices } from '../services/index.js';
import type { Screen, ScreenName, ScreenOf } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { ChangePassword } from './change_password.js';
import { ClientKey } from './client_key.js';
import { ClientKeys } from './client_keys.js';
import { Connect } from './connect.js';
import { CreateClientKey } from './create_client_key.js';
import { CreateRole } from './create_role.js';
import { CreateUser } from './create_user.js';
import { EditProfile } from './edit_profile.js';
import { EditClientKey } from './edit_client_key.js';
import { EditRole } from './edit_role.js';
import { EditUser } from './edit_user.js';
import { Home } from './home.js';
import { Redeem } from './redeem.js';
import { Register } from './register.js';
import { Role } from './role.js';
import { Roles } from './roles.js';
import { RotateClientKey } from './rotate_client_key.js';
import { SignIn } from './sign_in.js';
import { User } from './user.js';
import { Users } from './users.js';

export type ScreenViews = {
  readonly [N in ScreenName]: ComponentType<BodySize & Omit<ScreenOf<N>, 'name'>>;
};

export const SCREEN_VIEWS: ScreenViews = {
  connect: Connect,
  sign_in: SignIn,
  register: Register,
  redeem: Redeem,
  home: Home,
  edit_profile: EditProfile,
  change_password: ChangePassword,
  users: Users,
  user: User,
  edit_user: EditUser,
  create_user: CreateUser,
  roles: Roles,
  role: Role,
  create_role: CreateRole,
  edit_role: EditRole,
  client_keys: ClientKeys,
  client_key: ClientKey,
  create_client_key: CreateClientKey,
  edit_client_key: EditClientKey,
  rotate_client_key: RotateClientKey,
};

type ScreenViewProps = BodySize & { readonly screen: Screen };

/** The screen that is shown, mounted anew for another one. What its entry says that it loads is read when it opens. */
export function ScreenView({ screen, cols, height }: ScreenViewProps): React.JSX.Element {
  const { effects } = useServices();
  // Going where one already is reads nothing again.
  const [opened] = useState(screen);
  useEffect(() => effects.loadScreen(opened), [effects, opened]);
  const { name, ...said } = screen;
  // The component of this very name takes what a screen of this name says; the compiler can't tie the two together.
  const View = SCREEN_VIEWS[name] as ComponentType<BodySize & typeof said>;
  return <View cols={cols} height={height} {...said} />;
}
