using System.Security.Cryptography;
using System.Text;

namespace Helpdesk.Functions.Hosting;

/// <summary>Names made of hashes and of chance, safe as storage keys and in URLs.</summary>
public static class Hashes
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>The first 128 bits of SHA-256 in 32 hexadecimal digits.</summary>
    public static string Short(string text) => Short(Encoding.UTF8.GetBytes(text));

    /// <summary>The first 128 bits of SHA-256 in 32 hexadecimal digits.</summary>
    public static string Short(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));

    /// <summary>A random name; every letter carries 5 bits.</summary>
    public static string RandomName(int letters)
    {
        Span<byte> bytes = stackalloc byte[letters];
        RandomNumberGenerator.Fill(bytes);
        return Name(bytes);
    }

    /// <summary>The same name for the same text; every letter carries 5 bits.</summary>
    public static string NameOf(string text, int letters) => Name(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, letters));

    /// <summary>A name made of the first bytes; every letter carries 5 bits of one.</summary>
    public static string NameOf(ReadOnlySpan<byte> bytes, int letters) => Name(bytes[..letters]);

    private static string Name(ReadOnlySpan<byte> bytes)
    {
        Span<char> name = stackalloc char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            name[i] = Alphabet[bytes[i] & 31];
        return new(name);
    }
}
