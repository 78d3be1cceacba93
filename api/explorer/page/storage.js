// What is kept in this browser. `forNow` ends with the browser's tab: tokens and open documents are kept nowhere else.

const PREFIX = "fediflow.explorer.";

export const forNow = kept(() => sessionStorage);
export const forLong = kept(() => localStorage);

function kept(area) {
  return {
    read(name, otherwise) {
      try {
        return JSON.parse(area().getItem(PREFIX + name)) ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    /** Whether there was room. */
    write(name, value) {
      try {
        area().setItem(PREFIX + name, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    remove: (name) => area().removeItem(PREFIX + name),
  };
}
