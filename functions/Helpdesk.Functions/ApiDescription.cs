namespace Helpdesk.Functions;

/// <summary>The description of the API (OpenAPI 3.1). It is made when the app is built and served as a file.</summary>
public static class ApiDescription
{
    public static Task WriteAsync(string file) => throw new NotSupportedException(file);
}
