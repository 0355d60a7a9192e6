package blob

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Inbox is a bucket that others fill, such as a supplier. It is only read, and its keys are theirs.
type Inbox struct {
	bucket *blob.Bucket
}

// Delivered is a file of an inbox. The caller closes it.
type Delivered struct {
	io.ReadCloser
	Size int64
	ETag string // changes when the file does; may be empty
}

// OpenInbox opens the bucket at a file:// or s3:// URL; see Open for S3's parameters. A folder must be there.
func OpenInbox(ctx context.Context, address string) (*Inbox, error) {
	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	bucket, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, errors.New("open inbox: want file:///folder or s3://bucket?region=…") // the cause quotes what may hold a secret
	}
	found, err := bucket.IsAccessible(ctx)
	if err == nil && !found {
		err = errors.New("no such bucket")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open inbox: %w", err), bucket.Close())
	}
	return &Inbox{bucket: bucket}, nil
}

// Open opens a file, or says ErrNotFound.
func (i *Inbox) Open(ctx context.Context, key string) (*Delivered, error) {
	about, err := i.bucket.Attributes(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%w: %.80q", ErrNotFound, key)
	}
	if err != nil {
		return nil, fmt.Errorf("look at %.80q: %w", key, err)
	}
	r, err := i.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, named(key, err)
	}
	return &Delivered{ReadCloser: r, Size: about.Size, ETag: about.ETag}, nil
}

// Close ends the inbox's connections.
func (i *Inbox) Close() error { return i.bucket.Close() }
