# Opens the kernel's sockets and becomes the kernel: perl listen.pl COMMAND... CONNECTION_FILE
#
# A client of ZeroMQ that is refused tries again after 100 to 200 ms, and Jupyter's client connects 12 ms after it has
# started the kernel, when Node is not yet up. Perl is within 3 ms (without its modules: Socket takes 6), and clients
# then wait in the system's queue. What cannot be opened here is left to the kernel, which also has the words for why.
my ($file) = $ARGV[-1];
my $mac = $^O eq 'darwin';
my ($AF_INET, $SOCK_STREAM) = (2, 1);
my ($SOL_SOCKET, $SO_REUSEADDR) = $mac ? (0xffff, 4) : (1, 2);
my $BACKLOG = 100;    # as ZeroMQ's own

my @open;
my $text = '';
if (open(my $in, '<', $file)) { local $/; $text = <$in>; }
my $tcp = $text !~ /"transport"\s*:\s*"(?!tcp")/;
if ($tcp and my @ip = $text =~ /"ip"\s*:\s*"(\d+)\.(\d+)\.(\d+)\.(\d+)"/) {
    $^F = 255;        # descriptors up to this one stay open in the next program
    for my $name (qw(shell iopub stdin control hb)) {
        my ($port) = $text =~ /"${name}_port"\s*:\s*(\d+)/ or next;
        my $address = pack($mac ? 'x C n C4 x8' : 'S n C4 x8', $AF_INET, $port, @ip);
        my $socket;
        socket($socket, $AF_INET, $SOCK_STREAM, 0)
            and setsockopt($socket, $SOL_SOCKET, $SO_REUSEADDR, pack('i', 1))
            and bind($socket, $address)
            and listen($socket, $BACKLOG)
            or next;
        push @open, $socket;
        $ENV{D2L_TS_LISTENING} .= "$name=" . fileno($socket) . ' ';
    }
}
delete $ENV{PERL_BADLANG};    # the kernelspec's, for this program alone
exec @ARGV or die "d2l-ts: cannot start $ARGV[0]: $!\n";
