/** Which tab of a session the calls without a `pageId` are for, by its id, and whether the model knows that. */
export class Selection {
  /** The last one at the end. */
  #history: number[] = [];
  /** It has gone and another is selected instead, which the model has not been told of yet. */
  #displaced: number | null = null;

  /** Null: there is none yet. */
  get id(): number | null {
    return this.#history.at(-1) ?? null;
  }

  /** The tab that the model takes for the selected one, where that has gone; null: it knows which is. */
  get displaced(): number | null {
    return this.#displaced;
  }

  select(id: number): void {
    this.#history = [...this.#history.filter((each) => each !== id), id];
  }

  /** That tab has gone, `how` it did in words; what to tell the model where it was the selected one. */
  gone(id: number, how: string): string | null {
    const selected = this.id === id;
    this.#history = this.#history.filter((each) => each !== id);
    if (!selected) return null;
    this.#displaced = this.id === null ? null : (this.#displaced ?? id);
    return displacement(id, how, this.id);
  }

  /** The tab that was selected before a restart has gone meanwhile; what to tell the model. */
  goneBefore(id: number, next: number): string {
    this.#history = [next];
    this.#displaced = id;
    return displacement(id, 'was closed', next);
  }

  /** The model knows which is selected. */
  told(): void {
    this.#displaced = null;
  }

  /** All tabs have gone. */
  clear(): void {
    this.#history = [];
    this.#displaced = null;
  }
}

function displacement(id: number, how: string, next: number | null): string {
  const now = next === null ? NONE_LEFT : `page ${next} is selected now.`;
  return `The selected page ${id} ${how}; ${now}`;
}

const NONE_LEFT = 'there is none left: the next call for a page opens a new one.';
