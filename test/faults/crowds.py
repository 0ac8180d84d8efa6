"""Many kernels, and readers that do not keep up."""

import json
import threading
import time

import zmq
from notebook import Notebook
from processes import megabytes, tree

LESSON = [
    "import * as d2l from 'd2l-ts'",
    """
class Line extends d2l.DataModule {
  batchSize = 8;
  x = d2l.rand([64, 1]);
  override getDataloader(train: boolean) {
    return this.getTensorloader([this.x, d2l.tf.mul(this.x, 2)], train, train ? [0, 48] : [48, 64]);
  }
}
class Net extends d2l.Module {
  lr = 0.3;
  net = new d2l.Linear(1, 1);
  override loss(yHat: d2l.tf.Tensor, y: d2l.tf.Tensor) { return d2l.reduceMean(d2l.tf.squaredDifference(yHat, y)) }
}""",
    "const model = new Net();\nconst trainer = new d2l.Trainer({ maxEpochs: 5 });\nawait trainer.fit(model, new Line())",
    "trainer.history.length",
]


def kernels(folder, count=8):
    """Several notebooks start at the same moment and train."""
    failures, memory, begin = [], [], time.monotonic()

    def work(i):
        try:
            own = folder / str(i)
            own.mkdir()
            notebook = Notebook(own)
            cells = [notebook.settle(notebook.start(code)) for code in LESSON]
            assert cells[-1].result == "5", [cell.error for cell in cells]
            memory.append(sum(megabytes(process.pid) for process in tree(notebook.pid)))
            notebook.close()
        except BaseException as error:  # also what pytest raises: it has to reach the other thread
            failures.append(f"kernel {i}: {error!r}")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return f"all trained after {time.monotonic() - begin:.0f} s, {sum(memory) / count:.0f} MB each"


def slow_reader(folder, megabytes_printed=30):
    """A second front end connects and does not read: the first one gets everything at once, the second one later."""
    notebook = Notebook(folder)
    info = notebook.manager.get_connection_info()
    slow = zmq.Context.instance().socket(zmq.SUB)
    slow.rcvhwm = 1
    slow.linger = 0
    slow.subscribe(b"")
    slow.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    assert slow.poll(60_000), "the second reader is not connected"
    before = megabytes(notebook.pid)
    line = "x" * 1023
    code = f"for (let i = 0; i < {megabytes_printed * 1024}; i++) console.log('{line}')"
    cell = notebook.settle(notebook.start(code))
    assert len(cell.text()) == megabytes_printed * 2**20, len(cell.text())
    held = megabytes(notebook.pid) - before
    assert notebook.run("'still quick'").result == "'still quick'"
    drain(slow, len(cell.text()))
    slow.close()
    notebook.close()
    return f"nothing lost for either; {held:.0f} MB kept for the slow one"


def drain(slow, characters):
    """The slow reader reads at last, until it has all that was printed."""
    received = 0
    while received < characters:
        assert slow.poll(60_000), f"the slow reader got {received} of {characters} characters"
        frames = slow.recv_multipart()
        header, _parent, _metadata, content = frames[frames.index(b"<IDS|MSG>") + 2 :][:4]
        if json.loads(header)["msg_type"] == "stream":
            received += len(json.loads(content)["text"])


def dead_reader(folder):
    """A front end that is killed while the kernel writes to it."""
    notebook = Notebook(folder)
    context = zmq.Context()
    info = notebook.manager.get_connection_info()
    reader = context.socket(zmq.SUB)
    reader.linger = 0
    reader.subscribe(b"")
    reader.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    assert reader.poll(60_000), "the second reader is not connected"
    msg_id = notebook.start("for (let i = 0; i < 2000; i++) { console.log('line'); if (i % 50 === 0) await new Promise(r => setTimeout(r, 1)) }")
    context.destroy()
    assert notebook.settle(msg_id).text().count("line") == 2000
    notebook.close()
    return "the other one reads on"
