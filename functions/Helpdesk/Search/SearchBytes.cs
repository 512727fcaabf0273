using System.Text;

namespace Helpdesk.Search;

/// <summary>Writes numbers and words as few bytes.</summary>
internal sealed class SearchWriter
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Byte(byte value)
    {
        Room(1);
        _bytes[Length++] = value;
    }

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void Number(long value)
    {
        Room(10);
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            _bytes[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        _bytes[Length++] = (byte)rest;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        Raw(bytes);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        Room(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public void Clear() => Length = 0;

    private void Room(int more)
    {
        if (Length + more > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + more));
    }
}

/// <summary>Reads them back.</summary>
internal ref struct SearchReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int At { get; private set; }

    public readonly bool IsAtEnd => At >= _bytes.Length;

    public byte Byte() => _bytes[At++];

    public long Number()
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = _bytes[At++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return (long)value;
            shift += 7;
        }
    }

    /// <summary>Passes over bytes that say how many they are; where they begin, and how many.</summary>
    public (int Start, int Length) Skip()
    {
        var length = (int)Number();
        var start = At;
        At += length;
        return (start, length);
    }

    public string Text()
    {
        var (start, length) = Skip();
        return Encoding.UTF8.GetString(_bytes.Slice(start, length));
    }
}
