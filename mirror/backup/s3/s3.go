// Package s3 is a backup in a bucket of an object store that speaks S3: AWS, MinIO, Ceph and
// others.
package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"statsmirror/mirror/backup"
)

// Backup is a prefix in a bucket, which must exist.
type Backup struct {
	client   *minio.Client
	meter    *meter
	location string
	bucket   string
	prefix   string // of every key, "" or ending in a slash

	asked      chan struct{} // held while using conditions
	conditions conditions
}

var _ backup.Backup = (*Backup)(nil)

// Open returns the backup at a location
// s3://bucket/prefix?endpoint=https://host&region=name&path_style=true. Without an endpoint it is
// AWS. Open sends no request. The key interval, which users may give too, is for the caller.
//
// The access key comes from the first of these that exists: AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY; the systemd credential "backup", in the form of AWS's shared credentials
// file; that file itself; the role of the instance. keys are more files like the credential, tried
// if systemd gives none.
func Open(location string, keys ...string) (*Backup, error) {
	return OpenVia(transport(), location, keys...)
}

var errKey = errors.New("it holds an access key; remove the key and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")

// OpenVia is Open with a different transport for requests.
func OpenVia(via http.RoundTripper, location string, keys ...string) (*Backup, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("it is not a URL") // the location and err may hold a secret
	}
	if u.User != nil {
		return nil, errKey
	}
	options, err := clientOptions(u.Query(), keys)
	if err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(cmp.Or(u.Query().Get("endpoint"), "https://s3.amazonaws.com"))
	if err == nil && endpoint.User != nil {
		return nil, errKey
	}
	if err != nil || endpoint.Host == "" || strings.Trim(endpoint.Path, "/") != "" || endpoint.Scheme != "http" && endpoint.Scheme != "https" {
		return nil, errors.New("its endpoint must look like https://host:port")
	}
	b := &Backup{location: location, bucket: u.Host, meter: &meter{via: via}, asked: make(chan struct{}, 1)}
	options.Transport = b.meter
	options.Secure = endpoint.Scheme == "https"
	if b.client, err = minio.New(endpoint.Host, options); err != nil {
		return nil, err
	}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		if err := backup.CheckName(prefix); err != nil {
			return nil, err
		}
		if encode(prefix) != prefix {
			return nil, fmt.Errorf("its prefix %q has control characters, or has a part that begins with %s; choose another", prefix, keyMark)
		}
		b.prefix = prefix + "/"
	}
	if b.bucket == "" {
		return nil, errors.New("it names no bucket; write s3://bucket/prefix")
	}
	return b, nil
}

// clientOptions reads the query of a location.
func clientOptions(query url.Values, keys []string) (*minio.Options, error) {
	options := &minio.Options{Creds: accessKeys(keys), MaxRetries: attempts}
	for key, values := range query {
		switch value := values[0]; key {
		case "endpoint":
		case "region":
			options.Region = value
		case "path_style":
			switch value {
			case "true":
				options.BucketLookup = minio.BucketLookupPath
			case "false":
				options.BucketLookup = minio.BucketLookupDNS
			default:
				return nil, errors.New("its path_style must be true or false")
			}
		default:
			return nil, fmt.Errorf("its query has the unknown key %q; use endpoint, region, path_style or interval", key)
		}
	}
	return options, nil
}

func accessKeys(files []string) *credentials.Credentials {
	chain := []credentials.Provider{&credentials.EnvAWS{}}
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		files = []string{filepath.Join(dir, "backup")}
	}
	for _, file := range files {
		chain = append(chain, &credentials.FileAWSCredentials{Filename: file})
	}
	return credentials.NewChainCredentials(append(chain,
		&credentials.FileAWSCredentials{},
		&credentials.IAM{Client: &http.Client{Timeout: roleTimeout}},
	))
}

// Codes that the client has no names for.
const (
	conditionalConflict  = "ConditionalRequestConflict" // another upload of the same object is under way
	requestTimeTooSkewed = "RequestTimeTooSkewed"
)

// String returns the location as the user wrote it.
func (b *Backup) String() string { return b.location }

// Place returns the identity of the backup: server, bucket and prefix.
func (b *Backup) Place() string {
	return b.client.EndpointURL().JoinPath(b.bucket, b.prefix).String()
}

// failed converts the error of an operation to the errors of package backup.
func (b *Backup) failed(ctx context.Context, operation string, err error) error {
	switch response := minio.ToErrorResponse(err); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, backup.ErrEntry):
		err = fmt.Errorf("%w; let the access key read this object, or move it away", err)
	case response.Code == minio.NoSuchBucket:
		err = fmt.Errorf("%w: there is no bucket %s; create it or correct its name", backup.ErrAbsent, b.bucket)
	case response.Code == minio.NoSuchKey:
		err = fs.ErrNotExist
	case response.Code == minio.PreconditionFailed, response.Code == conditionalConflict:
		err = backup.ErrConflict
	case response.Code == requestTimeTooSkewed:
		err = fmt.Errorf("%s (%s); set the clock of this host or of the store", strings.TrimSpace(response.Message), response.Code)
	case response.Code == minio.AccessDenied:
		err = fmt.Errorf("%s (%s); check that there is an access key, and that it may read and write the bucket %s. Only root's commands can use the key that systemd gives the service",
			strings.TrimSpace(response.Message), response.Code, b.bucket)
	case response.Code != "":
		err = fmt.Errorf("%s (%s)", strings.TrimSpace(response.Message), response.Code)
	}
	return fmt.Errorf("%s: %w", operation, err)
}
