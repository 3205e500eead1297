/** Who waits for what a confirm dialog is answered: a form that asks, and goes on by itself with all that was typed. */
export class Questions {
  #waiting: ((go: boolean) => void) | null = null;

  /** Returns what the dialog that opens now is answered; a dialog that is closed in any other way says no. */
  ask(): Promise<boolean> {
    this.answer(false);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  answer(go: boolean): void {
    this.#waiting?.(go);
    this.#waiting = null;
  }
}
