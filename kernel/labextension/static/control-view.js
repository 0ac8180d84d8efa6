/**
 * Controls of a cell: sliders, boxes, lists. A view opens a comm to the kernel, sends what the reader sets, and waits for
 * `done` before it sends more: of many fast moves the newest counts. The kernel shows the result in the outputs below.
 */
const MIME = 'application/vnd.d2l.controls+json';
const TARGET = 'd2l-ts.panel';
const HINT = 'Run the cell again to use this.';
const STYLE = `
.d2l-Controls { padding: 4px 8px; display: grid; grid-template-columns: max-content minmax(0, 260px) max-content; gap: 6px 12px;
  align-items: center; font-family: var(--jp-ui-font-family); font-size: var(--jp-ui-font-size1); color: var(--jp-content-font-color1); }
.d2l-Controls input[type=range] { width: 100%; accent-color: var(--jp-brand-color1); }
.d2l-Controls input[type=checkbox] { justify-self: start; accent-color: var(--jp-brand-color1); }
.d2l-Controls input[type=text], .d2l-Controls select, .d2l-Controls button { font: inherit; color: inherit; padding: 2px 6px;
  background: var(--jp-layout-color1); border: 1px solid var(--jp-border-color1); border-radius: 3px; }
.d2l-Controls button { justify-self: start; padding: 3px 12px; cursor: pointer; }
.d2l-Controls output { font-variant-numeric: tabular-nums; min-width: 3em; }
.d2l-Controls :disabled { cursor: not-allowed; opacity: 0.55; }
.d2l-Controls-hint { grid-column: 1 / -1; width: 0; min-width: 100%; color: var(--jp-content-font-color2); }`;
let counter = 0;

/** An element with properties, some of them attributes. */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** For each kind: the input, how its value is read, how it is set. */
const KINDS = {
  slider: {
    make: ({ min, max, step }) => element('input', { type: 'range', min, max, step }),
    read: (input) => input.valueAsNumber,
    write: (input, value) => (input.value = value),
  },
  box: {
    make: () => element('input', { type: 'checkbox' }),
    read: (input) => input.checked,
    write: (input, value) => (input.checked = value),
  },
  text: {
    make: () => element('input', { type: 'text' }),
    read: (input) => input.value,
    write: (input, value) => (input.value = value),
  },
  choice: {
    make: ({ options }) => element('select', {}, ...options.map((option) => element('option', {}, option))),
    read: (input) => input.selectedIndex,
    write: (input, value) => (input.selectedIndex = value),
  },
  button: {
    make: ({ label }) => element('button', { type: 'button' }, label),
    read: (input) => Number(input.dataset.count),
    write: (input, value) => (input.dataset.count = value),
  },
};

export function define(Widget) {
  document.head.append(element('style', {}, STYLE));

  return class ControlView extends Widget {
    constructor() {
      super();
      this.addClass('d2l-Controls');
      this.node.setAttribute('role', 'group');
      this.node.setAttribute('aria-label', 'controls of the output below');
      this.state = 'new';
    }

    /** Called by JupyterLab for the first bundle and for each update, which tells the values the kernel has. */
    async renderModel(model) {
      this.spec = model.data[MIME];
      if (this.inputs === undefined) this.build();
      if (!this.busy) this.spec.controls.forEach((control) => this.write(control));
      this.connect();
    }

    build() {
      this.inputs = new Map();
      for (const control of this.spec.controls) {
        const { make, read } = KINDS[control.kind];
        const input = make(control);
        input.id = `d2l-control-${++counter}`;
        input.dataset.control = control.name;
        input.dataset.lmSuppressShortcuts = 'true'; // the notebook has keys of its own, such as the arrows
        input.disabled = true;
        this.inputs.set(control.name, input);
        const shown = element('output', { htmlFor: input.id });
        const name = control.kind === 'button' ? '' : control.name;
        this.node.append(element('label', { htmlFor: input.id }, name), input, shown);
        const changed = () => {
          if (control.kind === 'button') input.dataset.count = Number(input.dataset.count) + 1;
          if (control.kind === 'slider') shown.textContent = String(read(input));
          this.send();
        };
        input.addEventListener(control.kind === 'button' ? 'click' : 'input', changed);
      }
    }

    write({ name, kind, value }) {
      const input = this.inputs.get(name);
      KINDS[kind].write(input, value);
      if (kind === 'slider') input.nextElementSibling.textContent = String(value);
    }

    /** The session of the notebook that this view is in. */
    findSession() {
      for (let widget = this.parent; widget; widget = widget.parent) {
        const session = widget.sessionContext ?? widget.context?.sessionContext;
        if (session) return session;
      }
      return undefined;
    }

    async connect() {
      const session = this.findSession();
      if (this.state !== 'new' || session === undefined) return;
      this.state = 'opening';
      this.session = session;
      session.statusChanged.connect(this.onStatus, this);
      session.kernelChanged.connect(this.end, this);
      await session.ready;
      const kernel = session.session?.kernel;
      if (!kernel?.handleComms) return this.end();
      this.comm = kernel.createComm(TARGET);
      this.comm.onMsg = ({ content }) => this.receive(content.data);
      this.comm.onClose = () => this.end();
      this.comm.open({ id: this.spec.id });
    }

    receive({ ready, done }) {
      if (ready !== undefined) {
        // A page that was loaded after the cell ran gets no updates of its outputs, and so not this one.
        if (this.spec.opened !== ready) return this.comm.close(); // and with it these controls
        this.state = 'linked';
        this.inputs.forEach((input) => (input.disabled = false));
      }
      if (done) {
        this.busy = false;
        if (this.again) this.send();
      }
    }

    send() {
      if (this.state !== 'linked') return;
      this.again = this.busy;
      if (this.busy) return;
      this.busy = true;
      const values = this.spec.controls.map(({ name, kind }) => [name, KINDS[kind].read(this.inputs.get(name))]);
      this.comm.send({ values: Object.fromEntries(values) });
    }

    onStatus(_, status) {
      if (['restarting', 'autorestarting', 'terminating', 'dead'].includes(status)) this.end();
    }

    /** There is nothing behind these controls any more. */
    end() {
      if (this.state === 'ended' || this.isDisposed) return;
      this.state = 'ended';
      this.inputs.forEach((input) => (input.disabled = true));
      this.node.append(element('div', { className: 'd2l-Controls-hint', role: 'status' }, HINT));
    }

    onAfterAttach() {
      if (this.spec) this.connect();
    }

    dispose() {
      if (this.isDisposed) return;
      this.session?.statusChanged.disconnect(this.onStatus, this);
      this.session?.kernelChanged.disconnect(this.end, this);
      if (this.state === 'linked' && !this.comm.isDisposed) this.comm.close();
      super.dispose();
    }
  };
}
