using System.Security.Cryptography;

namespace Helpdesk.Functions.Attachments;

/// <summary>A file has more bytes than it may have.</summary>
public sealed class FileTooLongException() : IOException("The file is too large.");

/// <summary>Passes a file on as it is read, counting and hashing its bytes on the way; none of it is kept.</summary>
/// <param name="head">What was read of it already.</param>
/// <param name="limit">The most bytes it may have; one more throws <see cref="FileTooLongException"/>.</param>
internal sealed class MeasuredStream(ReadOnlyMemory<byte> head, Stream rest, long limit) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ReadOnlyMemory<byte> _head = head;

    /// <summary>Bytes that have passed.</summary>
    public long Count { get; private set; }

    /// <summary>SHA-256 of what has passed, in hexadecimal digits.</summary>
    public string Sha256 => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = Math.Min(_head.Length, buffer.Length);
        if (read > 0)
        {
            _head[..read].CopyTo(buffer);
            _head = _head[read..];
        }
        else
        {
            read = await rest.ReadAsync(buffer, cancellationToken);
        }

        Count += read;
        if (Count > limit)
            throw new FileTooLongException();
        _hash.AppendData(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Files are read asynchronously.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
