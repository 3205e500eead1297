/** One screen of the union as its component. */
import type { BodySize } from './body_size.js';
import { ChangePassword } from './change_password.js';
import { Connect } from './connect.js';
import { CreateUser } from './create_user.js';
import { EditProfile } from './edit_profile.js';
import { EditUser } from './edit_user.js';
import { Home } from './home.js';
import { Redeem } from './redeem.js';
import { Register } from './register.js';
import { SignIn } from './sign_in.js';
import { User } from './user.js';
import { Users } from './users.js';
import type { Screen } from '../state/index.js';

export function ScreenView({
  screen,
  cols,
  height,
}: BodySize & { readonly screen: Screen }): React.JSX.Element {
  const size = { cols, height };
  switch (screen.name) {
    case 'connect':
      return <Connect {...size} />;
    case 'sign_in':
      return <SignIn {...size} />;
    case 'register':
      return <Register {...size} />;
    case 'redeem':
      return <Redeem {...size} />;
    case 'home':
      return <Home {...size} />;
    case 'edit_profile':
      return <EditProfile {...size} />;
    case 'change_password':
      return <ChangePassword {...size} />;
    case 'users':
      return <Users {...size} />;
    case 'user':
      return <User {...size} account_id={screen.account_id} />;
    case 'edit_user':
      return <EditUser {...size} account_id={screen.account_id} />;
    case 'create_user':
      return <CreateUser {...size} />;
  }
}
