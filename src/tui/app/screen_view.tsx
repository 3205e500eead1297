/** One screen of the union as its component. */
import { ChangePassword } from '../screens/change_password.js';
import { Connect } from '../screens/connect.js';
import { CreateUser } from '../screens/create_user.js';
import { EditProfile } from '../screens/edit_profile.js';
import { EditUser } from '../screens/edit_user.js';
import { Home } from '../screens/home.js';
import { Redeem } from '../screens/redeem.js';
import { Register } from '../screens/register.js';
import { SignIn } from '../screens/sign_in.js';
import { User } from '../screens/user.js';
import { Users } from '../screens/users.js';
import type { BodySize } from '../screens/body_size.js';
import type { Screen } from '../state/model.js';

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
