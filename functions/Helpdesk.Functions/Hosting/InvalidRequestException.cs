namespace Helpdesk.Functions.Hosting;

/// <summary>What came in cannot be understood: answered with 400 (or <see cref="Status"/>) and what is wrong with each field.</summary>
public sealed class InvalidRequestException : Exception
{
    /// <summary>One field is wrong.</summary>
    public InvalidRequestException(string field, string problem)
        : this(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [problem] }) { }

    /// <summary>Several fields are wrong.</summary>
    public InvalidRequestException(IReadOnlyDictionary<string, string[]> errors)
        : base("One or more fields are not valid.") => Errors = errors;

    /// <summary>The request as a whole is wrong.</summary>
    public InvalidRequestException(int status, string code, string detail)
        : base(detail) => (Status, Code) = (status, code);

    public int Status { get; } = StatusCodes.Status400BadRequest;
    public string Code { get; } = "invalid-request";
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}

/// <summary>The thing has changed since the caller read it: answered with 412.</summary>
public sealed class StaleETagException(string current) : Exception("It has changed since you read it.")
{
    /// <summary>The ETag it has now.</summary>
    public string Current { get; } = current;
}
