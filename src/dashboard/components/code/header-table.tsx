import { Plain } from "./code.tsx";

/** Headers as they were sent. */
export function HeaderTable({
  headers,
  label,
}: {
  headers: Readonly<Record<string, string>>;
  label: string;
}) {
  return (
    <div className="card flat">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too */}
      <div className="table-wrap" tabIndex={0} role="region" aria-label={label}>
        <table>
          <tbody>
            {Object.entries(headers).map(([name, value]) => (
              <tr key={name} className="slim">
                <th scope="row" className="muted mono">
                  <Plain of={name} />
                </th>
                <td className="mono wide">
                  <span className="wraps">
                    <Plain of={value} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
